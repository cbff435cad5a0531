/**
 * The expressions of a Grafana dashboard's panels with its variables filled in, so that a replay can evaluate what
 * people will look at.
 */

/** One query of one panel. */
export interface PanelQuery {
  readonly panel: string;
  readonly legend: string;
  readonly expr: string;
}

interface PanelJson {
  readonly title?: string;
  readonly panels?: readonly PanelJson[];
  readonly targets?: readonly { readonly expr?: string; readonly legendFormat?: string }[];
}

/**
 * Reads a dashboard's queries. `variables` are given without `$`; Grafana's own `$__interval`, `$__rate_interval` and
 * `$__range` are taken from there too. A variable without a value is an Error naming it and its panel.
 */
export function dashboardQueries(json: string, variables: Readonly<Record<string, string>>): PanelQuery[] {
  const dashboard = JSON.parse(json) as PanelJson;
  const visit = (panel: PanelJson): PanelQuery[] => [
    ...(panel.targets ?? []).flatMap((target) =>
      target.expr === undefined
        ? []
        : [
            {
              panel: panel.title ?? '',
              legend: target.legendFormat ?? '',
              expr: fill(target.expr, variables, panel.title ?? ''),
            },
          ],
    ),
    ...(panel.panels ?? []).flatMap(visit),
  ];
  return visit(dashboard);
}

function fill(expr: string, variables: Readonly<Record<string, string>>, panel: string): string {
  return expr.replace(
    /\$(?:\{(\w+)(?::\w+)?\}|(\w+))/g,
    (_, braced: string | undefined, plain: string | undefined) => {
      const name = braced ?? plain ?? '';
      const value = variables[name];
      if (value === undefined)
        throw new Error(`panel "${panel}" reads the variable $${name}, which has no value`);
      return value;
    },
  );
}
