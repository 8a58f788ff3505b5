import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { effectScope, nextTick, ref, type EffectScope } from "vue";
import type { Client } from "@/api/http";
import type { SpeechView } from "@/api/types";
import { setLocale } from "@/i18n";
import { modes, resetModes } from "@/ui/modes";
import { canSpeak, hush, openVoice, say, setSpeakingVolume, speakingVolume, whySilent } from "@/ui/say";

interface Asked {
  path: string;
  body: { key?: string; params?: Record<string, string>; locale?: string; always?: boolean; volume?: number };
}

/** A client that notes what it is asked, and answers when told. */
function recorder(hold = false) {
  const asked: Asked[] = [];
  const waiting: (() => void)[] = [];
  const client = {
    base: "",
    headers: () => ({}),
    post: (path: string, body: Asked["body"]) => {
      asked.push({ path, body });
      const reply = { spoken: true, volume: body.volume ?? 2 };
      return hold ? new Promise((done) => waiting.push(() => done(reply))) : Promise.resolve(reply);
    },
  } as unknown as Client;
  const release = () => {
    hold = false;
  };
  const next = async () => {
    waiting.shift()?.();
    for (let i = 0; i < 5; i++) await Promise.resolve();
  };
  return { asked, client, next, release };
}

const heard = ref<SpeechView | null>(null);
let scope: EffectScope;
function open(client: Client) {
  scope.run(() => openVoice(client, heard));
}

beforeEach(async () => {
  await setLocale("en");
  scope = effectScope();
  heard.value = { can_speak: true, volume: 2 };
});
afterEach(async () => {
  scope.stop();
  resetModes();
  await nextTick();
});

describe("the voice of a page", () => {
  it("says nothing before it is opened, and nothing to somebody who did not ask", () => {
    const { asked, client } = recorder();
    say("timeout.title", {}, { always: true });
    expect(canSpeak.value).toBe(false);
    open(client);
    say("timeout.title");
    expect(asked).toEqual([]);
  });

  it("says a key with its parameters in the language of the page", () => {
    const { asked, client } = recorder();
    open(client);
    modes.speak = true;
    say("timeout.text", { n: 30 });
    expect(asked).toEqual([{ path: "/say", body: { key: "timeout.text", params: { n: "30" }, locale: "en", always: false } }]);
  });

  it("always says what must be heard", () => {
    const { asked, client } = recorder();
    open(client);
    say("timeout.title", {}, { always: true });
    expect(asked[0]?.body).toMatchObject({ key: "timeout.title", always: true });
  });

  it("knows why it is silent", async () => {
    const { asked, client } = recorder();
    open(client);
    heard.value = { can_speak: false, volume: 2, why: { code: "no_sound" } };
    await nextTick();
    say("timeout.title", {}, { always: true });
    expect(canSpeak.value).toBe(false);
    expect(whySilent.value?.code).toBe("no_sound");
    expect(asked).toEqual([]);
  });

  it("keeps only the newest of what waits", async () => {
    const { asked, client, next, release } = recorder(true);
    open(client);
    modes.speak = true;
    say("act.ok");
    say("act.back");
    hush();
    say("act.leave");
    expect(asked).toHaveLength(1);
    await next();
    expect(asked.map((one) => one.body.key)).toEqual(["act.ok", "act.leave"]);
    await next();
    release();
  });

  it("is silent and as loud as usual for the next person", async () => {
    const { asked, client } = recorder();
    open(client);
    modes.speak = true;
    await nextTick();
    await setSpeakingVolume(3);
    expect(speakingVolume.value).toBe(3);
    resetModes();
    await nextTick();
    await nextTick();
    expect(asked.map((one) => one.path)).toEqual(["/say/volume", "/say/hush", "/say/volume"]);
    expect(speakingVolume.value).toBe(2);
  });

  it("goes with the page that opened it", () => {
    const { client } = recorder();
    open(client);
    scope.stop();
    expect(canSpeak.value).toBe(false);
  });
});
