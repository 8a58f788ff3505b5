import type { Plugin } from "vite";

export const FOLDER: string;
export const SCRIPTS: readonly string[];
export function dictionaries(): Promise<void>;
export function dictionary(): Plugin;
