// Nobody touches: first a question in sight and aloud, then everything is
// forgotten, then the picture that invites the next person. A session's times are
// the program's; touches are told to it, so that nobody is asked while typing.
// Without a session the page keeps the same manners by itself.
import { computed, onBeforeUnmount, onMounted, ref, watch } from "vue";
import { currentLocale, t } from "@/i18n";
import { announce } from "@/ui/live";
import { modes } from "@/ui/modes";
import { say } from "@/ui/say";
import type { Screens } from "./screens";

const QUIET_MS = 60_000; // so long without a touch: the question, or the picture
const ANSWER_MS = 20_000; // to answer it, without a session
const TELL_MS = 5_000; // the program hears of touches at most so often

export function useIdle(k: Screens, home: string) {
  const last = ref(Date.now());
  const at = ref(Date.now());
  let told = 0;

  const session = k.session;
  // Something of a person is on the page though the program knows nobody.
  const used = computed(
    () =>
      k.part.value !== "main" ||
      k.looks.value ||
      k.helped.value ||
      !!k.acts.problem.value ||
      currentLocale() !== home ||
      modes.elder ||
      modes.low ||
      modes.still ||
      modes.speak ||
      modes.contrast !== "normal",
  );
  const quiet = computed(() => Math.max(0, at.value - last.value));
  const left = computed(() => {
    const until = session.value ? Date.parse(session.value.ends_at) - k.live.now.value : QUIET_MS + ANSWER_MS - quiet.value;
    return Math.max(0, Math.ceil(until / 1000));
  });
  const warning = computed(() => {
    const one = session.value;
    if (left.value <= 0) return false;
    if (!one) return !k.asleep.value && used.value && quiet.value >= QUIET_MS;
    return one.phase !== "printing" && !one.other && k.live.now.value >= Date.parse(one.warn_at);
  });

  function touched() {
    const now = Date.now();
    last.value = at.value = now;
    if (!session.value || warning.value || now - told < TELL_MS) return;
    told = now;
    k.stay();
  }
  function extend() {
    last.value = at.value = Date.now();
    if (session.value) k.extend();
  }
  function tick() {
    at.value = Date.now();
    if (session.value) {
      last.value = at.value; // the program counts
      return;
    }
    if (quiet.value < QUIET_MS || k.asleep.value || !k.view.value) return;
    if (used.value) {
      if (left.value <= 0) {
        last.value = at.value;
        k.forget();
      }
      return;
    }
    k.asleep.value = true;
  }
  let ticking: ReturnType<typeof setInterval>;
  onMounted(() => {
    ticking = setInterval(tick, 500);
    window.addEventListener("pointerdown", touched, true);
    window.addEventListener("keydown", touched, true);
  });
  onBeforeUnmount(() => {
    clearInterval(ticking);
    window.removeEventListener("pointerdown", touched, true);
    window.removeEventListener("keydown", touched, true);
  });
  watch(
    () => session.value?.id,
    () => (told = Date.now()),
  );
  watch(warning, (on) => {
    if (!on) return;
    announce(t("timeout.title"), true);
    say("timeout.title", {}, { always: true });
  });
  return { warning, left, used, extend };
}
