import { type Cli, Exit, type Outside } from '../../src/cli/context.ts';
import { runProgram } from '../../src/cli/program.ts';
import type { Terminal } from '../../src/ports/terminal.ts';
import type { Ports } from '../../src/run/site/ports.ts';
import { FakeJournal, FakeNotifier } from '../fakes/fake-journal.ts';
import { WaitingClock } from '../fakes/waiting-clock.ts';
import { paths, release, type SiteText, World } from '../run/world.ts';

/** What a command printed, and its exit status. */
export interface Said {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** A command line as it is typed, split at its spaces, or as a list where an argument has some. */
type Line = string | readonly string[];

/** The process of ExecReload= that rolls. The settle's has the next number. */
const ROLL_PID = 4711;

/** A host with one site, `shop`, and a person who types commands. Its systemd runs php-zd's units. */
export class Typist {
  readonly world: World;
  /** The ports of the world; a test may put something in between. */
  ports: Ports;
  readonly journal = new FakeJournal();
  readonly notifier = new FakeNotifier();
  /** The commands that were run in the foreground, as they would be typed. */
  readonly foreground: string[] = [];
  /** Gives the status of the next of these commands; an exception reaches the caller. */
  foregroundStatus: () => number | Promise<number> = () => 0;
  /** The questions that were asked. Nothing is asked while `answers` is undefined. */
  readonly questions: string[] = [];
  /** The lines that are typed as answers. After the last one nobody is there. */
  answers: string[] | undefined;
  outTerminal: Terminal | undefined;
  errTerminal: Terminal | undefined;
  sudoUser: string | undefined;
  /** What php-zd's own units wrote to their standard error. */
  unitErr = '';
  /** Whether systemd forgets what is left of a reload, as it does where it has read a unit with other lines meanwhile. */
  dropsSettle = false;
  #typing = new AbortController();
  #reading = new AbortController();
  #interruptAfter: string | undefined;
  #lastRoll = 0;
  /** SIGTERM for the roll that runs. */
  #ending = new AbortController();

  constructor(world: World) {
    this.world = world;
    this.ports = world.ports;
    const { systemd } = world;
    const removes = world.commands.programs.get('sh');
    world.commands.programs.set('sh', run => {
      if (!run.args.includes('php-zd-abort')) return removes?.(run) ?? '';
      if (run.args.at(-1) === String(ROLL_PID)) this.#ending.abort();
      return '';
    });
    const isRight = async (verb: string, unit: string) => (await this.#asUnit(verb, unit)) === Exit.done;
    // As units/php-zd@.service has it.
    systemd.add('php-zd@.service', {
      onStart: async unit => ((await isRight('start', unit)) ? 'done' : 'failed'),
      onReload: async unit => {
        const isAt = async (verb: string, controlPid: number) => {
          await world.files.makeDirectory(`/proc/${controlPid}`);
          await world.files.write(
            `/proc/${controlPid}/cmdline`,
            ['node', 'php-zd.cjs', 'unit', verb, 'shop', ''].join('\0'),
          );
          systemd.set(unit, { activeState: 'reloading', controlPid });
        };
        this.#ending = new AbortController();
        await world.files.remove(paths.settled);
        await isAt('roll', ROLL_PID);
        // The settle also runs after a bug that ends the roll's process.
        await this.#asUnit('roll', unit).catch((error: unknown) => {
          this.unitErr += String(error);
        });
        const exit = (await world.files.read(paths.settled)) ?? '';
        const isProven = exit !== '';
        if (this.dropsSettle) {
          systemd.set(unit, { activeState: 'active', controlPid: 0 });
          return 'done';
        }
        if (!isProven) await isAt('settle', ROLL_PID + 1);
        const isSettled = isProven ? Number(exit) === Exit.done : await isRight('settle', unit);
        systemd.set(unit, { activeState: 'active', controlPid: 0 });
        return isSettled ? 'done' : 'failed';
      },
      onStop: async unit => ((await isRight('stop', unit)) ? 'done' : 'failed'),
    });
  }

  /** At a site that was started on release 41. */
  static async atStartedSite(text: SiteText = {}): Promise<Typist> {
    const typist = await Typist.atNewSite(text);
    const { exit, err } = await typist.type('start shop');
    if (exit !== Exit.done) throw new Error(`the site did not start: ${err}`);
    typist.world.forget();
    typist.journal.entries.length = 0;
    return typist;
  }

  /** At a site that has its file, its releases and its link, and was never started. */
  static async atNewSite(text: SiteText = {}): Promise<Typist> {
    const world = new World(new WaitingClock(1_000_000));
    await world.configure(text);
    for (const name of ['42', '43', '41']) await world.linkTo(name);
    return new Typist(world);
  }

  /** Another site, `blog`, on release 43 and never started. */
  async addBlog(): Promise<void> {
    const { files } = this.world;
    await files.link('/srv/blog/current', release('43'));
    await files.write(
      '/etc/php-zd/sites/blog.ini',
      '[site]\nrelease = /srv/blog/current\nuser = store\nreleases = /srv/shop/releases\n[php]\nversion = 8.2\n[health]\npath = /\n',
    );
  }

  async type(line: Line): Promise<Said> {
    this.#typing = new AbortController();
    this.#reading = new AbortController();
    const said = { out: '', err: '' };
    const cli: Outside = {
      ...this.#everyCli(),
      out: text => {
        said.out += text;
        this.#hear(text);
        this.onOut(text);
      },
      err: text => {
        said.err += text;
        this.#hear(text);
      },
      outTerminal: this.outTerminal,
      errTerminal: this.errTerminal,
      openDialogue: this.answers && (() => ({ ask: question => this.#ask(question), close: () => undefined })),
      sudoUser: this.sudoUser,
      signal: this.#typing.signal,
      unread: this.#reading.signal,
    };
    const exit = await runProgram(cli, typeof line === 'string' ? line.split(' ') : line);
    return { exit, ...said };
  }

  /** Called with each text that a command prints on stdout. */
  onOut: (text: string) => void = () => undefined;

  /** Whoever reads what the command prints goes away. */
  stopReading(): void {
    this.#reading.abort();
  }

  /** ^C, for the command that runs. */
  interrupt(): void {
    this.#typing.abort();
  }

  /** ^C as soon as a command prints something that begins so. */
  interruptAfter(text: string): void {
    this.#interruptAfter = text;
  }

  #hear(text: string): void {
    if (this.#interruptAfter === undefined || !text.startsWith(this.#interruptAfter)) return;
    this.#interruptAfter = undefined;
    this.interrupt();
  }

  async #asUnit(verb: string, unit: string): Promise<number> {
    const [, site = ''] = /@(.*)\.service$/.exec(unit) ?? [];
    const err = (text: string) => {
      this.unitErr += text;
    };
    const endOnRequest = () => this.#ending.signal;
    return await runProgram({ ...this.#everyCli(), out: err, err, endOnRequest }, ['unit', verb, site]);
  }

  async #ask(question: string): Promise<string | undefined> {
    this.questions.push(question);
    return this.answers?.shift();
  }

  #everyCli(): Omit<Cli, 'out' | 'err'> {
    return {
      version: '1.2.3',
      ports: async () => this.ports,
      journal: async () => this.journal,
      notifier: async () => this.notifier,
      balancerBase: '/base.cfg',
      foreground: async (program, args) => {
        this.foreground.push([program, ...args].join(' '));
        return await this.foregroundStatus();
      },
      withScratch: async work => await work('/tmp/scratch'),
      newRollId: () => {
        this.#lastRoll += 1;
        return `roll-${this.#lastRoll}`;
      },
      sudoUser: undefined,
      signal: new AbortController().signal,
    };
  }
}

/** What a good roll prints, without its steps. */
export const rolledTold = (from: string, to: string): string => `Rolling shop to ${release(to)} (from ${release(from)}).
Rolled shop to ${release(to)} in 0.11 s: 0 requests, 0 lost.
Receipt of the roll of shop (rolled):
Requests: 0
Lost: 0
Retried: 0
Redispatched to another replica: 0
Clients that went away: 0
Longest queue: 0
Time: 0.11 s (proving 0.10 s, finishing the last requests 0.01 s)
`;

/** A text without its lines and numbers of steps, which the planner's tests check. */
export const butSteps = (text: string): string =>
  text.replace(/^Step \d+ of \d+: .*\n/gm, '').replace(/,? in \d+ steps?\.$/gm, '.');
