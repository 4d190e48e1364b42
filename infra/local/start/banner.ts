/** What `npm start` has opened, as a person needs to know it. */
export interface Opened {
  /** The state directory, as a person would write it. */
  readonly state: string;
  /** Names of the registered clusters. */
  readonly clusters: readonly string[];
  readonly artifacts: string;
  /** Base URL of the webhook server. */
  readonly webhook: string;
  /** Where Prometheus scrapes. */
  readonly metrics: string;
  readonly embedded?: {
    readonly name: string;
    readonly version: string;
    readonly url: string;
    /** As a person would write it. */
    readonly kubeconfig: string;
    /** The line that lets the person's shell use it. */
    readonly exported: string;
  };
  readonly gitops?: { readonly folder: string; readonly url: string };
}

/** A title and the lines under it; an empty title begins the page. */
export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

/** What stands above the log of `npm start`. */
export function banner(opened: Opened): readonly Section[] {
  return [
    { title: '', lines: rows(facts(opened)) },
    { title: 'Try next, in another terminal', lines: tryNext(opened) },
    {
      title: 'Let a Git host reach this machine',
      lines: [
        `${opened.webhook} listens on this machine only; a tunnel brings deliveries to it:`,
        `  cloudflared tunnel --url ${opened.webhook}`,
        `  ssh -R 80:${new URL(opened.webhook).host} HOST     (HOST with GatewayPorts, or a service such as localhost.run)`,
        "then give the host the tunnel's address with the path of a Receiver:",
        '  kubectl get receivers -A -o custom-columns=NAME:.metadata.name,PATH:.status.webhookPath',
      ],
    },
    { title: 'What happens, a line each', lines: [] },
  ];
}

function facts({ state, clusters, artifacts, webhook, metrics, embedded, gitops }: Opened): readonly Row[] {
  const others = clusters.filter((name) => name !== embedded?.name);
  return [
    ...(embedded
      ? [
          [
            'cluster',
            `${embedded.name}: a Kubernetes API in this process (${embedded.version}), no container runs`,
          ] as const,
          ['kubeconfig', embedded.kubeconfig] as const,
        ]
      : []),
    ...(others.length > 0 ? [['clusters', others.join(', ')] as const] : []),
    ...(gitops ? [['git', `${gitops.folder} is served at ${gitops.url}`] as const] : []),
    ['webhook', webhook],
    ['artifacts', artifacts],
    ['metrics', metrics],
    ['state', state],
  ];
}

type Row = readonly [string, string];

function rows(facts: readonly Row[]): readonly string[] {
  const width = Math.max(...facts.map(([name]) => name.length));
  return facts.map(([name, text]) => `${name.padEnd(width)}   ${text}`);
}

function tryNext({ embedded, gitops, clusters }: Opened): readonly string[] {
  const own = 'npm run sluice -- cluster add NAME';
  return [
    ...(embedded ? [`  ${embedded.exported}`] : []),
    ...(clusters.length > 0
      ? ['  kubectl get gitrepositories,kustomizations -A', '  npm run sluice -- get']
      : []),
    ...(gitops ? [`  edit ${gitops.folder}/apps/web.yaml and save it: it is committed and applied`] : []),
    `  ${own.padEnd(45)} a cluster of yours`,
  ];
}
