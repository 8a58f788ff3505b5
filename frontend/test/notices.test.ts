import { flushPromises, mount } from "@vue/test-utils";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Problem, type Client } from "@/api/http";
import type { ManagerView, SessionAct } from "@/api/types";
import { noticePages, pageTime, room, span } from "@/display/fit";
import { i18n, setLocale } from "@/i18n";
import ManagerNotices from "@/manager/ManagerNotices.vue";

describe("words on a board that is read from afar", () => {
  it("turn page by page, whole, broken where they read on", () => {
    const text = "听不清叫号、看不清屏幕、行动不便？请找穿绿马甲的工作人员，我们带您办理。";
    const pages = noticePages(text, 44);
    expect(pages.join("")).toBe(text);
    expect(pages.length).toBeGreaterThan(1);
    for (const one of pages) expect(room(one)).toBeLessThanOrEqual(44);
    expect(pages[0]).toMatch(/[？，、。]$/);
  });
  it("never break within a word of Latin letters that fits", () => {
    const text = "Hard to hear the calls, to read the screen or to walk? Ask our staff in green vests.";
    const pages = noticePages(text, 30);
    expect(pages.join(" ")).toBe(text);
  });
  it("come to an end with a word that is longer than a page", () => {
    expect(noticePages("x".repeat(50), 1).join("")).toBe("x".repeat(50));
    expect(noticePages("  ", 40)).toEqual([]);
  });
  it("stay long enough to be read, and a name is as large as it may", () => {
    expect(pageTime("短")).toBe(7000);
    expect(pageTime("长".repeat(200))).toBe(20_000);
    expect([span("1号窗口"), span("综合服务一号窗口"), span("Balcão de atendimento geral n.º 1")]).toEqual(["", "long", "longer"]);
  });
});

describe("notices on the manager's page", () => {
  beforeEach(() => setLocale("en"));
  const one = { id: "n1", text: { en: "Lift out of order" }, state: "now", source: "posted", priority: "urgent", on: ["display"] };
  const list = [one, { ...one, id: "noon", source: "files", priority: "normal" }];
  const every: SessionAct[] = [{ act: "postNotice" }, { act: "withdrawNotice" }];
  const show = (post: Client["post"], acts = every) =>
    mount(ManagerNotices, {
      global: { plugins: [i18n] },
      props: { client: { post } as Client, notices: { list, left: 3, longest: 120 } as unknown as ManagerView["notices"], acts },
    });

  it("are written for chosen places, without empty languages, once", async () => {
    const post = vi.fn().mockResolvedValue({});
    const page = show(post as unknown as Client["post"]);
    await page.get('[data-testid="notice-new"]').trigger("click");
    expect(page.get('[data-testid="notice-post"]').attributes("disabled")).toBeDefined();
    await page.get('[data-testid="notice-text-zh-Hans"]').setValue("电梯停用");
    await page.get('[data-testid="notice-text-pt"]').setValue("  ");
    await page.get('[data-testid="notice-kiosks"]').setValue(false);
    await page.get('[data-testid="notice-post"]').trigger("click");
    await flushPromises();
    expect(post).toHaveBeenCalledOnce();
    expect(post.mock.calls[0]).toMatchObject(["/manager/notices", { text: { "zh-Hans": "电梯停用" }, displays: true, kiosks: false }]);
    expect(post.mock.calls[0]?.[1].text).not.toHaveProperty("pt");
    expect(page.find("form").exists()).toBe(false);
  });
  it("that are refused keep what was written, and say why", async () => {
    const page = show(vi.fn().mockRejectedValue(new Problem("internal")) as unknown as Client["post"]);
    await page.get('[data-testid="notice-new"]').trigger("click");
    await page.get('[data-testid="notice-text-zh-Hans"]').setValue("电梯停用");
    await page.get('[data-testid="notice-post"]').trigger("click");
    await flushPromises();
    expect(page.get('[data-testid="notice-problem"]').text()).not.toBe("");
    expect(page.get<HTMLTextAreaElement>('[data-testid="notice-text-zh-Hans"]').element.value).toBe("电梯停用");
  });
  it("are only read by whom the centre allows no more, and the page says so", () => {
    const page = show(vi.fn() as unknown as Client["post"], [
      { act: "postNotice", why: { code: "forbidden" } },
      { act: "withdrawNotice", why: { code: "forbidden" } },
    ]);
    expect(page.findAll("li")).toHaveLength(2);
    expect(page.findAll("button")).toHaveLength(0);
    expect(page.get('[data-testid="notice-not-allowed"]').text()).toBe(i18n.global.t("error.forbidden"));
    expect(page.findAll("small")).toHaveLength(1); // only one is of the files
  });
  it("are withdrawn by who posted them; those of the files are not", async () => {
    const post = vi.fn().mockResolvedValue({});
    const page = show(post as unknown as Client["post"]);
    expect(page.find('[data-testid="withdraw-noon"]').exists()).toBe(false);
    await page.get('[data-testid="withdraw-n1"]').trigger("click");
    expect(post).toHaveBeenCalledWith("/manager/notices/n1/withdraw", undefined);
  });
});
