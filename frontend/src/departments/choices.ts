// What a simulated department can be told to do; the codes are the simulator's.
import type { DepartmentBehaviour } from "@/api/types";

export const QUERIES: readonly DepartmentBehaviour["query"][] = ["yes", "no", "silent", "error"];
export const DELIVERIES: readonly DepartmentBehaviour["delivery"][] = ["at_once", "after", "late", "never", "refuse", "twice", "forged", "wrong_digest"];
export const REASONS = ["not_found", "lent", "not_allowed"] as const;
