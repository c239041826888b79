import type { GuestWindow } from '@shared/model/guest-view';
import type { DdJob } from './programs/dd-job';
import type { IperfJob } from './programs/iperf-job';
import { newConsole, type ConsoleState } from '../console/text-console';

/** A command that goes on over time: `ping` waiting for an answer or for its next second. */
export interface PingJob {
  kind: 'ping';
  /** Target as it was typed, and its address: null until the name is resolved. */
  host: string;
  address: string | null;
  /** Bytes of data in a request. */
  bytes: number;
  count: number;
  sent: number;
  received: number;
  /** Round-trip times in nanoseconds. */
  times: number[];
  /** When the request that is under way was sent, or null between two. */
  sentAt: number | null;
  /** When the next thing happens by itself: the next request, or giving up on the answer. */
  due: number;
}

/** Waits for the DHCP server after `ipconfig /renew`. */
export interface RenewJob {
  kind: 'renew';
  due: number;
}

/** A countdown before the machine ends. */
export interface EndJob {
  kind: 'end';
  ending: 'powerOff' | 'restart';
  due: number;
}

export type Job = PingJob | RenewJob | EndJob | IperfJob | DdJob;

/** A command that goes on beside the prompt. */
export interface BackgroundJob {
  readonly number: number;
  /** As it was typed. */
  readonly text: string;
  job: Job;
}

/** What a person's session on the guest remembers: prompt, screen, history. Plain. */
export interface SessionState {
  lines: string[];
  input: string;
  /** Commands that were entered, newest last, and which one the arrow keys show. */
  history: string[];
  historyAt: number;
  job: Job | null;
  /** Commands that were entered with `&` and are not over. */
  background: BackgroundJob[];
  /** Keys that have not been looked at, and a command that has been entered and not been run. */
  keys: string[];
  entered: string | null;
  /** The text screen, for systems that live on one. */
  console: ConsoleState;
  /** Windows on the desktop of a graphical system, the front one last. */
  windows: GuestWindow[];
  /** The prompt is there: the system has finished starting. */
  open: boolean;
}

export function newSession(): SessionState {
  return {
    lines: [],
    input: '',
    history: [],
    historyAt: 0,
    job: null,
    background: [],
    keys: [],
    entered: null,
    console: newConsole(),
    windows: [],
    open: false,
  };
}
