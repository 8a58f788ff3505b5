// Charts as data: what is drawn, the same as a table, and one sentence that says
// it all. Colours come from the tokens of the moment; colour is never the only
// sign, so lines differ in dash and mark, bars carry their figures.
import type { ComposeOption } from "echarts/core";
import type { BarSeriesOption, LineSeriesOption } from "echarts/charts";
import type { GridComponentOption, LegendComponentOption, TooltipComponentOption } from "echarts/components";
import type { ManagerView } from "@/api/types";
import { clock, name, t } from "@/i18n";

export type Option = ComposeOption<BarSeriesOption | LineSeriesOption | GridComponentOption | LegendComponentOption | TooltipComponentOption>;
/** Values of tokens where the chart stands. */
export interface Inks {
  ink: string;
  ink2: string;
  line: string;
  surface: string;
  brand: string;
  accent: string;
  ok: string;
  bad: string;
  font: string;
  size: number;
  still: boolean;
}
export interface Chart {
  id: string;
  title: string;
  summary: string;
  /** Nothing to draw yet. */
  empty: boolean;
  columns: string[];
  rows: (string | number)[][];
  option: (inks: Inks) => Option;
}

type Mark = { symbol: string; dash: "solid" | "dashed" | "dotted"; ink: "brand" | "accent" | "ok" };
const MARKS: Mark[] = [
  { symbol: "circle", dash: "solid", ink: "brand" },
  { symbol: "rect", dash: "dashed", ink: "accent" },
  { symbol: "triangle", dash: "dotted", ink: "ok" },
];

function frame(inks: Inks): Option {
  return {
    animation: !inks.still,
    animationDuration: 300,
    textStyle: { fontFamily: inks.font, color: inks.ink },
    tooltip: {
      trigger: "axis",
      confine: true,
      backgroundColor: inks.surface,
      borderColor: inks.line,
      textStyle: { color: inks.ink, fontSize: inks.size, fontFamily: inks.font },
    },
  };
}
const label = (inks: Inks) => ({ color: inks.ink, fontSize: inks.size, fontFamily: inks.font });
const axisLine = (inks: Inks) => ({ lineStyle: { color: inks.line } });

/** Lines over the half hours of the day. */
function overTime(id: string, times: string[], series: { name: string; values: (number | null)[] }[], inks: Inks): Option {
  return {
    ...frame(inks),
    legend: { top: 0, left: 0, itemWidth: 34, itemGap: 16, textStyle: label(inks), inactiveColor: inks.ink2 },
    grid: { left: 8, right: 16, top: inks.size * 2.6, bottom: 4, containLabel: true },
    xAxis: { type: "category", data: times, axisLabel: { ...label(inks), hideOverlap: true }, axisLine: axisLine(inks), axisTick: { show: false } },
    yAxis: { type: "value", minInterval: 1, axisLabel: label(inks), splitLine: axisLine(inks) },
    series: series.map((one, i) => {
      const mark = MARKS[i % MARKS.length] as Mark;
      const colour = inks[mark.ink];
      return {
        id: `${id}-${i}`,
        type: "line",
        name: one.name,
        data: one.values,
        symbol: mark.symbol,
        symbolSize: 9,
        connectNulls: true,
        color: colour,
        lineStyle: { type: mark.dash, width: 2.5, color: colour },
        itemStyle: { color: colour, borderColor: inks.surface, borderWidth: 1 },
      };
    }),
  };
}

/** Bars lying down, each with its name and figure. */
function bars(id: string, names: string[], values: number[], inks: Inks, colour: (i: number) => string): Option {
  return {
    ...frame(inks),
    grid: { left: 8, right: 44, top: 4, bottom: 4, containLabel: true },
    xAxis: { type: "value", minInterval: 1, axisLabel: { show: false }, splitLine: { show: false }, axisLine: { show: false } },
    yAxis: {
      type: "category",
      inverse: true,
      data: names,
      axisLabel: { ...label(inks), interval: 0, width: inks.size * 11, overflow: "break" },
      axisLine: axisLine(inks),
      axisTick: { show: false },
    },
    series: [
      {
        id,
        type: "bar",
        barMaxWidth: 22,
        data: values.map((value, i) => ({ value, itemStyle: { color: colour(i), borderRadius: [0, 4, 4, 0] } })),
        label: { show: true, position: "right", ...label(inks), fontWeight: "bold" },
      },
    ],
  };
}

const inMinutes = (seconds: number) => Math.round(seconds / 6) / 10;

export function flowChart(view: ManagerView): Chart {
  const spans = view.series ?? [];
  const sum = (of: "arrived" | "called" | "finished") => spans.reduce((n, one) => n + one[of], 0);
  const peak = spans.reduce<(typeof spans)[number] | undefined>((best, one) => (one.arrived > (best?.arrived ?? 0) ? one : best), undefined);
  const names = [t("manager.chart.arrived"), t("manager.chart.called"), t("manager.chart.finished")];
  const past = (value: number, begun: boolean) => (begun ? value : null);
  return {
    id: "flow",
    title: t("manager.chart.flow"),
    summary: peak
      ? t("manager.chart.flow.sum", { arrived: sum("arrived"), called: sum("called"), finished: sum("finished"), peak: clock(peak.from) })
      : t("manager.chart.none"),
    empty: !peak,
    columns: [t("manager.col.from"), ...names],
    rows: spans.filter((one) => one.begun).map((one) => [clock(one.from), one.arrived, one.called, one.finished]),
    option: (inks) =>
      overTime("flow", spans.map((one) => clock(one.from)), [
        { name: names[0] ?? "", values: spans.map((one) => past(one.arrived, one.begun)) },
        { name: names[1] ?? "", values: spans.map((one) => past(one.called, one.begun)) },
        { name: names[2] ?? "", values: spans.map((one) => past(one.finished, one.begun)) },
      ], inks),
  };
}

export function waitChart(view: ManagerView): Chart {
  const spans = view.series ?? [];
  const latest = spans.filter((one) => one.called).at(-1);
  const names = [t("manager.chart.p50"), t("manager.chart.p90")];
  const of = (value: number, called: number) => (called ? inMinutes(value) : null);
  return {
    id: "wait",
    title: t("manager.chart.wait"),
    summary: latest
      ? t("manager.chart.wait.sum", { p50: Math.round(latest.wait_p50 / 60), p90: Math.round(latest.wait_p90 / 60) })
      : t("manager.chart.none"),
    empty: !latest,
    columns: [t("manager.col.from"), ...names],
    rows: spans.filter((one) => one.called).map((one) => [clock(one.from), inMinutes(one.wait_p50), inMinutes(one.wait_p90)]),
    option: (inks) =>
      overTime("wait", spans.map((one) => clock(one.from)), [
        { name: names[0] ?? "", values: spans.map((one) => of(one.wait_p50, one.called)) },
        { name: names[1] ?? "", values: spans.map((one) => of(one.wait_p90, one.called)) },
      ], inks),
  };
}

/** One bar for each line of a table of two columns. */
function counted(id: string, title: string, first: string, lines: { label: string; n: number; bad?: boolean }[], summary: string): Chart {
  return {
    id,
    title,
    summary,
    empty: lines.every((one) => !one.n),
    columns: [first, t("manager.chart.count")],
    rows: lines.map((one) => [one.label, one.n]),
    option: (inks) => bars(id, lines.map((one) => one.label), lines.map((one) => one.n), inks, (i) => (lines[i]?.bad ? inks.bad : inks.brand)),
  };
}

export function waitingChart(view: ManagerView): Chart {
  const groups = view.groups ?? [];
  const most = groups.reduce<(typeof groups)[number] | undefined>((best, one) => (one.waiting > (best?.waiting ?? 0) ? one : best), undefined);
  return counted(
    "waiting",
    t("manager.chart.waiting"),
    t("counter.col.group"),
    groups.map((one) => ({ label: name(one.name), n: one.waiting, bad: one.waiting > 0 && !one.open })),
    most ? t("manager.chart.waiting.sum", { n: view.totals.waiting, name: name(most.name) }) : t("manager.chart.waiting.zero"),
  );
}

export function ratingsChart(view: ManagerView): Chart {
  const levels = view.ratings.levels ?? [];
  const sum = (list: number[]) => list.reduce((all, n) => all + n, 0);
  return counted(
    "ratings",
    t("manager.chart.ratings"),
    t("manager.ratings"),
    [...levels.map((n, i) => ({ label: t(`rating.level.${i + 1}`), n, bad: i > 2 })), { label: t("rating.level.0"), n: view.ratings.not_rated }],
    t("manager.chart.ratings.sum", { n: sum(levels), best: levels[0] ?? 0, bad: sum(levels.slice(3)) }),
  );
}

export function casesChart(view: ManagerView): Chart {
  const counts = view.cases.counts ?? [];
  return counted(
    "cases",
    t("manager.chart.cases"),
    t("manager.cases"),
    counts.map((one) => ({ label: t(`case.counter.${one.state}`), n: one.count })),
    t("manager.chart.cases.sum", { n: counts.reduce((all, one) => all + one.count, 0) }),
  );
}

const PAPERS = ["waiting", "in_transit", "at_counter", "unverified", "disputed", "attention", "overdue"] as const;
export function papersChart(view: ManagerView): Chart {
  const papers = view.cases.papers;
  return counted(
    "papers",
    t("manager.chart.papers"),
    t("manager.papers"),
    PAPERS.map((one, i) => ({ label: t(`manager.papers.${one}`), n: papers[one], bad: i > 3 })),
    t("manager.chart.papers.sum", { road: papers.in_transit, waiting: papers.waiting, late: papers.overdue }),
  );
}
