// Pictures of figures that stand as a table beside them. The page gives figures and words; how they
// are drawn is said here. [data-chart=kind] holds <script type="application/json">, or data-url.
import * as echarts from 'echarts/core';
import { BarChart, LineChart, RadarChart, SankeyChart, ScatterChart } from 'echarts/charts';
import { AriaComponent, GridComponent, LegendComponent, MarkLineComponent, RadarComponent, TooltipComponent } from 'echarts/components';
import { SVGRenderer } from 'echarts/renderers';

echarts.use([
  BarChart, LineChart, RadarChart, SankeyChart, ScatterChart, AriaComponent, GridComponent,
  LegendComponent, MarkLineComponent, RadarComponent, TooltipComponent, SVGRenderer,
]);

const COLORS = ['#b3261e', '#1f5fbf', '#5b6472', '#e0a100'];
const GRADES = { good: '#2b8a3e', fair: '#1f5fbf', average: '#e0a100', poor: '#c92a2a' };
const LABEL = { color: '#1f2937', fontSize: 12 };
const SYMBOLS = ['circle', 'rect', 'triangle', 'diamond'];
const clipped = (text, most = 12) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
const two = (value) => (value === null || value === undefined ? '—' : Number(value).toFixed(2));

// Each kind: figures -> ECharts option.
const KINDS = {
  // {axes: [{name, most}], series: [{name, values}]}; values in per cent of the most
  radar: ({ axes, series }) => ({
    legend: { bottom: 0, textStyle: LABEL },
    radar: {
      indicator: axes.map(({ name }) => ({ name: clipped(name, 30), max: 100, min: 0 })),
      radius: '62%', center: ['50%', '47%'], axisName: { ...LABEL, width: 104, overflow: 'break' },
    },
    series: [{
      type: 'radar',
      data: series.map(({ name, values }, at) => ({
        name, value: values, symbol: SYMBOLS[at], symbolSize: 6,
        lineStyle: { color: COLORS[at], width: 2, type: at ? 'dashed' : 'solid' },
        itemStyle: { color: COLORS[at] }, areaStyle: { opacity: at ? 0 : 0.15, color: COLORS[at] },
      })),
    }],
    tooltip: {
      formatter: ({ name, value }) => [name, ...axes.map((axis, at) => `${axis.name}  ${two(value[at])} %`)].join('\n'),
    },
  }),

  // {points: [[party, business, name, url]], x, y, middle: [party, business] or null, words}
  scatter: ({ points, x, y, middle, words }) => {
    const values = points.flatMap(([a, b]) => [a, b]);
    const least = Math.max(0, Math.floor((Math.min(...values, 100) - 2) / 10) * 10);
    const axis = { type: 'value', min: least, max: Math.max(100, ...values), nameTextStyle: LABEL, axisLabel: LABEL, scale: true };
    const lines = middle ? [
      { xAxis: middle[0], label: { formatter: `${words.median} ${two(middle[0])}`, position: 'end' } },
      { yAxis: middle[1], label: { formatter: `${words.median} ${two(middle[1])}`, position: 'insideEndTop' } },
    ] : [];
    return {
      grid: { left: 56, right: 24, top: 32, bottom: 48 },
      xAxis: { ...axis, name: x, nameLocation: 'middle', nameGap: 28 },
      yAxis: { ...axis, name: y },
      series: [{
        type: 'scatter', symbolSize: points.length > 500 ? 5 : 10, itemStyle: { color: COLORS[1], opacity: 0.7 },
        data: points.map(([a, b, name, url]) => ({ value: [a, b], name, url })),
        markLine: { symbol: 'none', silent: true, animation: false, lineStyle: { color: COLORS[2], type: 'dashed' }, label: LABEL, data: lines },
      }],
      tooltip: { formatter: ({ name, value }) => `${name}\n${x} ${two(value[0])}  ${y} ${two(value[1])}\n${words.gap} ${two(Math.abs(value[0] - value[1]))}` },
    };
  },

  // {at: [years], series: [{name, values}]}
  trend: ({ at, series }) => ({
    legend: { top: 0, textStyle: LABEL },
    grid: { left: 48, right: 24, top: 40, bottom: 28 },
    xAxis: { type: 'category', data: at.map(String), axisLabel: LABEL },
    yAxis: { type: 'value', axisLabel: LABEL, min: 0 },
    series: series.map(({ name, values }, n) => ({
      type: 'line', name, data: values, symbol: SYMBOLS[n], symbolSize: 8, itemStyle: { color: COLORS[n] },
      lineStyle: { color: COLORS[n], type: ['solid', 'dashed', 'dotted'][n] ?? 'solid' },
      label: { ...LABEL, show: n === series.length - 1, position: 'top', formatter: ({ value }) => two(value) },
    })),
    tooltip: { formatter: ({ name, seriesName, value }) => `${name}  ${seriesName}  ${two(value)}` },
  }),

  // {nodes: [{id, name, grade}], links: [{from, to, count}]}
  flow: ({ nodes, links }) => {
    const names = Object.fromEntries(nodes.map(({ id, name }) => [id, name]));
    return {
      series: [{
        type: 'sankey', left: 16, right: 110, top: 12, bottom: 12, nodeGap: 14, draggable: false, layoutIterations: 0,
        data: nodes.map(({ id, grade }) => ({ name: id, itemStyle: { color: GRADES[grade] } })),
        links: links.map(({ from, to, count }) => ({ source: from, target: to, value: count })),
        label: { ...LABEL, formatter: ({ name }) => names[name] },
        lineStyle: { color: 'source', opacity: 0.3 },
      }],
      tooltip: { formatter: ({ dataType, data, name, value }) => (dataType === 'edge' ? `${names[data.source]} → ${names[data.target]}  ${data.value}` : `${names[name]}  ${value}`) },
    };
  },

  // {at: [names], series: [{name, grade, values}]}: stacked bars, lying
  bars: ({ at, series }, width) => ({
    legend: { top: 0, textStyle: LABEL },
    grid: { left: 12, right: 24, top: 36, bottom: 12, containLabel: false, outerBoundsMode: 'same' },
    xAxis: { type: 'value', minInterval: 1, axisLabel: LABEL },
    yAxis: { type: 'category', inverse: true, data: at, axisLabel: { ...LABEL, formatter: (text) => clipped(text, width > 700 ? 32 : 12) } },
    series: series.map(({ name, grade, values }) => ({ type: 'bar', stack: 'all', name, data: values, barMaxWidth: 20, itemStyle: { color: GRADES[grade] } })),
    tooltip: { formatter: ({ name, seriesName, value }) => `${name}  ${seriesName}  ${value}` },
  }),

  // {at: [months], series: [{name, values}]}: bars side by side
  months: ({ at, series }) => ({
    legend: { top: 0, textStyle: LABEL },
    grid: { left: 40, right: 12, top: 36, bottom: 28 },
    xAxis: { type: 'category', data: at, axisLabel: LABEL },
    yAxis: { type: 'value', minInterval: 1, axisLabel: LABEL },
    series: series.map(({ name, values }, n) => ({ type: 'bar', name, data: values, barMaxWidth: 18, itemStyle: { color: [COLORS[2], COLORS[1]][n] } })),
    tooltip: { formatter: ({ name, seriesName, value }) => `${name}  ${seriesName}  ${value}` },
  }),
};

function draw(root, figures) {
  const box = root.querySelector('[data-box]');
  box.hidden = false;
  if (figures.at && root.dataset.chart === 'bars') box.style.height = `${70 + 26 * figures.at.length}px`;
  const chart = echarts.init(box, null, { renderer: 'svg' });
  const option = KINDS[root.dataset.chart](figures, box.clientWidth);
  chart.setOption({
    animation: false, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    aria: { enabled: true, decal: { show: true }, label: { description: root.dataset.label } },
    ...option, tooltip: { trigger: 'item', renderMode: 'richText', confine: true, ...option.tooltip },
  });
  chart.on('click', ({ data }) => { if (data?.url) location.assign(data.url); });
  new ResizeObserver(() => chart.resize()).observe(box);
  root.dataset.ready = '1';
}

async function figuresOf(root) {
  if (!root.dataset.url) return JSON.parse(root.querySelector('script[type="application/json"]').textContent);
  const answer = await fetch(root.dataset.url, { headers: { 'X-Background': '1' } });
  if (!answer.ok) throw new Error(`${root.dataset.url}: ${answer.status}`);
  return answer.json();
}

for (const root of document.querySelectorAll('[data-chart]')) {
  figuresOf(root).then((figures) => draw(root, figures)).catch((fault) => {
    root.querySelector('[data-failed]').hidden = false;
    console.error(fault);
  });
}
