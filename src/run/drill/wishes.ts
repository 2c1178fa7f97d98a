export interface DrillWishes {
  /** The name of the drill, and its secret. */
  readonly id: string;
  /** How many clients; undefined for as many as there is room for, up to a handful. */
  readonly clients: number | undefined;
  /** How long a long request takes. */
  readonly longMs: number;
  /** A path of the application that is asked too. */
  readonly appPath: string | undefined;
  readonly reloadsBalancer: boolean;
}

export interface DrillPlan extends Omit<DrillWishes, 'clients' | 'appPath'> {
  readonly clients: number;
  /** How many clients there is room for. */
  readonly mostClients: number;
  /** How long a request works on after its answer. */
  readonly afterMs: number;
  /** The path of the application, and the status that it was answered with before the drill, and should be all the time. */
  readonly app: { readonly path: string; readonly status: number } | undefined;
  /** Whether the application is asked over HTTP, as visitors do. */
  readonly isAskedOverHttp: boolean;
  /** The release that serves, and that is rolled to. */
  readonly release: string;
  /** The load ends by itself after so many milliseconds and so many requests, however long the roll takes. */
  readonly mostMs: number;
  readonly mostRequests: number;
}
