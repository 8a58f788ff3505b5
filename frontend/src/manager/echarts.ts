// The charts that the manager's pages draw, and nothing else of the library: a
// part of its own that is fetched when the first chart is wanted. SVG, so that
// what is drawn is as sharp as the text around it.
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

export { init };
