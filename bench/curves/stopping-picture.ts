import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

export interface SearchLines {
  readonly name: string;
  /** The mean lowest loss after each epoch, normalized to 1..0. */
  readonly lines: readonly { readonly rule: string; readonly best: readonly number[] }[];
}

/** Lowest loss against the epochs spent, one panel per set of runs, as SVG. */
export async function stoppingPicture(sets: readonly SearchLines[]): Promise<string> {
  const rows = sets.flatMap(({ name, lines }) =>
    lines.flatMap(({ rule, best }) =>
      best.flatMap((value, epoch) =>
        epoch % Math.ceil(best.length / 300) === 0 && epoch > 0
          ? [{ set: name, rule, epoch, value: Math.max(value, 1e-3) }]
          : [],
      ),
    ),
  );
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    data: { values: rows },
    facet: { field: 'set', type: 'nominal', title: null },
    columns: 2,
    resolve: { scale: { x: 'independent' } },
    spec: {
      width: 320,
      height: 200,
      mark: { type: 'line', strokeWidth: 2 },
      encoding: {
        x: { field: 'epoch', type: 'quantitative', title: 'epochs spent' },
        y: {
          field: 'value',
          type: 'quantitative',
          scale: { type: 'log' },
          title: 'distance to the lowest loss',
          axis: { tickCount: 4 },
        },
        color: {
          field: 'rule',
          type: 'nominal',
          sort: null,
          title: null,
          scale: { range: ['#616e7c', '#2563a8', '#e07b00', '#b42318', '#7a9a01'] },
          legend: { orient: 'top' },
        },
      },
    },
  };
  const view = new View(parse(compile(spec).spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
