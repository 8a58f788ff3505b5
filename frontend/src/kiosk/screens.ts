// What the kiosk's page knows and does: the program's view, which screen is in
// front, and every act. The program decides what may be done; here it is only
// asked for. forget() leaves nothing of a person behind.
import { computed, markRaw, ref, watch } from "vue";
import type { Client } from "@/api/http";
import type { Boot, KioskView } from "@/api/types";
import { useActs, useLive } from "@/api/view";
import { currentLocale, setLocale } from "@/i18n";
import { resetModes } from "@/ui/modes";
import { loadApply } from "./apply/load";
import { stepOf, type Asked } from "./apply/step";
import { hush, setSpeakingVolume, speakingVolume, USUAL_VOLUME } from "@/ui/say";

/** Which part of the page is chosen here; the program's phases come before it. */
export type Part = "main" | "services" | "group" | "phone" | "find" | "apply";

export function useScreens(boot: Boot, client: Client) {
  const live = useLive<KioskView>(client, "/events", "/kiosk/view");
  const acts = useActs(client, live);

  const part = ref<Part>("main");
  const groupID = ref("");
  const asked = ref<Asked>(""); // of somebody who applies, by the page itself
  const helped = ref(false);
  const looks = ref(false);
  const asleep = ref(false); // nobody is here: the picture that says what one can do
  const person = ref(0); // counts people: what is drawn anew for each hangs on it

  const view = computed(() => live.view.value);
  const session = computed(() => view.value?.session ?? null);
  const group = computed(() => view.value?.groups.find((one) => one.id === groupID.value) ?? null);
  const phase = computed(() => session.value?.phase ?? "home");
  const front = computed(() => {
    if (phase.value === "home" && asleep.value) return "attract";
    if (phase.value === "home" || phase.value === "choose") {
      if (part.value === "group" && group.value) return "items";
      if (part.value === "phone" || part.value === "services" || part.value === "find") return part.value;
      if (part.value === "apply") return "apply_items";
      return session.value?.appointments?.length ? "choose" : "home";
    }
    return phase.value === "printing" && session.value?.ticket ? "ticket" : phase.value;
  });
  const applyStep = computed(() => stepOf(session.value?.apply, asked.value));
  /** The screen with its step, for what is said and where the focus goes. */
  const place = computed(() => {
    if (front.value === "progress") return session.value?.progress?.step ?? "ask";
    return front.value === "apply" ? `apply_${applyStep.value}` : front.value;
  });

  function forget() {
    part.value = "main";
    groupID.value = "";
    asked.value = "";
    helped.value = false;
    looks.value = false;
    person.value++;
    acts.dismiss();
    resetModes();
    hush();
    if (speakingVolume.value !== USUAL_VOLUME) void setSpeakingVolume(USUAL_VOLUME);
    if (currentLocale() !== boot.locale) void setLocale(boot.locale);
  }

  watch(
    () => session.value?.id,
    (next, last) => {
      asleep.value = false; // a card or a code leads on by itself
      if (!last) return; // a session began, perhaps by our own touch
      if (!next) forget();
      else part.value = "main"; // another person
    },
  );
  watch(
    () => session.value?.appointments?.map((one) => one.id).join(),
    (found) => {
      if (found) part.value = "main"; // by phone, card or code: show what was found
    },
  );
  watch(phase, (next) => {
    if (next !== "home" && next !== "choose") part.value = "main";
    if (next === "apply") void loadApply(); // a page that was loaded again in the middle
  });
  watch(
    () => session.value?.apply?.step,
    (next, last) => {
      // What was asked for from the list waits until the case is there.
      if (!next || (last && last !== "reading")) asked.value = "";
    },
  );

  async function begin(): Promise<boolean> {
    await acts.run("begin", "/kiosk/begin");
    return !acts.problem.value;
  }
  async function show(next: Part) {
    if (await begin()) part.value = next;
  }
  async function openGroup(id: string) {
    groupID.value = id;
    await show("group");
  }
  async function openServices() {
    if (!(await begin())) return;
    // From a notice about a case the first step back leads to the look-up.
    if (phase.value === "progress" && !(await begin())) return;
    part.value = "services";
  }
  async function openApply() {
    await loadApply();
    await show("apply");
  }
  async function applyFor(item: string) {
    await loadApply();
    await applying("for", { item }, "/kiosk/apply");
  }
  /** An act of the application; its name is what the screen shows as busy. */
  async function applying(what: string, body: Record<string, unknown> = {}, path = `/kiosk/apply/${what}`, name = what): Promise<boolean> {
    await acts.run(`apply-${name}`, path, body);
    return !acts.problem.value;
  }
  /** How a material comes; photographing it opens the camera. */
  function applyBy(material: string, method: string) {
    const photo = method === "UPLOAD";
    return applying("method", { material, ...(photo ? {} : { method }) }, photo ? "/kiosk/capture/begin" : undefined, `method-${material}-${method}`);
  }
  /** One step back: the question that the page asked, or out of the application. */
  async function applyBack(then: Part = "main") {
    if (asked.value && then === "main") asked.value = "";
    else if (await applying("back")) part.value = then;
  }
  /** From the list of one's own cases: goes on with one, or asks whether to cancel it. */
  async function applyAgain(id: string, ask: Asked = "") {
    await loadApply();
    asked.value = ask;
    if (!(await applying("continue", { case: id }))) asked.value = "";
  }
  async function take(from: string, item: string) {
    await acts.run(item || "any", "/kiosk/take", { group: from, ...(item ? { item } : {}), locale: currentLocale() });
  }
  async function end() {
    await acts.run("end", "/kiosk/end");
    if (!acts.problem.value && !session.value) forget();
  }
  async function help() {
    await acts.run("help", "/kiosk/help");
    if (!acts.problem.value) helped.value = true;
  }

  return {
    live,
    acts,
    view,
    session,
    group,
    phase,
    front,
    place,
    asked,
    applyStep,
    client: markRaw(client),
    part,
    groupID,
    helped,
    looks,
    asleep,
    person,
    forget,
    begin,
    openGroup,
    openServices,
    openPhone: () => show("phone"),
    openFind: () => show("find"),
    openApply,
    applyFor,
    applying,
    applyBy,
    applyBack,
    applyAgain,
    applySubmit: () => void applying("submit", { locale: currentLocale() }),
    applyPrint: (what: "slip" | "needs" | "form") => void applying("print", { what, locale: currentLocale() }),
    openProgress: () => void acts.run("progress", "/kiosk/progress"),
    back: () => (part.value = "main"),
    take,
    end,
    help,
    checkIn: (appointment: string) => void acts.run(appointment, "/kiosk/checkin", { appointment, locale: currentLocale() }),
    phone: (number: string, code: string) => void acts.run("phone", "/kiosk/phone", { phone: number, code }),
    progressByNumber: (number: string, password: string) => void acts.run("progress-number", "/kiosk/progress/number", { number, password }),
    printProgress: (number: string) => void acts.run("progress-print", "/kiosk/progress/print", { number, locale: currentLocale() }),
    reprintSlip: (number: string) => void acts.run("progress-reprint", "/kiosk/progress/print", { what: "slip", number, locale: currentLocale() }),
    replace: (accept: boolean) => void acts.run("replace", "/kiosk/replace", { accept }),
    requeue: () => void acts.run("requeue", "/kiosk/requeue"),
    extend: () => void acts.run("extend", "/kiosk/extend"),
    /** More time because somebody is touching: quietly, and no act of its own. */
    stay: () => void client.post("/kiosk/extend").then(live.offer, () => undefined),
  };
}

export type Screens = ReturnType<typeof useScreens>;
