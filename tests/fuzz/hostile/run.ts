import { isDeepStrictEqual } from 'node:util';
import { Random } from '@engine/base/random';
import { newWorld, type World } from '../../engine/hypervisor/rig';
import { LifeMachine } from '../lifecycle/machine';

/** A hostile guest at work on one machine. */
export interface Episode {
  /** One execution: one message, call, packet or scribble. */
  step(): void;
  /** What is wrong in the end, or null: the machine must still serve a guest that behaves. */
  finish(): string | null;
}

export interface Target {
  readonly name: string;
  /** A fresh machine called `victim` in `world`, with a guest that obeys `random`. */
  begin(world: World, random: Random): Episode;
}

/** What a run came to. */
export interface HostileReport {
  readonly executions: number;
  readonly episodes: number;
  readonly failures: readonly string[];
}

const EXECUTIONS = 250; // in an episode
const BATCH = 25; // executions after which the machine beside is looked at
const ENOUGH = 3; // failures after which there is no use in going on

/** A machine in the middle of its life, with open channels and shared buffers, whose time is stopped. */
function frozenNeighbour(world: World): LifeMachine {
  const machine = new LifeMachine(world, 'neighbour');
  machine.addDevice(0);
  machine.addDevice(1);
  machine.startKernel(0x5_0003);
  machine.advance(1_000);
  machine.client.openChannel(1, { sendPages: 4, receivePages: 4 });
  machine.advance(1_000);
  machine.send(1, 400);
  machine.rig.time.stop();
  return machine;
}

/** One episode in `world`; `isUntouched` says whether the machine beside is as it was. */
function runEpisode(
  target: Target,
  { world, isUntouched }: { readonly world: World; readonly isUntouched: () => boolean },
  random: Random,
  count: () => void,
): string | null {
  const changed = 'the machine beside it has changed';
  try {
    const episode = target.begin(world, random);
    for (let i = 1; i <= EXECUTIONS; i++) {
      episode.step();
      count();
      if (i % BATCH === 0 && !isUntouched()) return `${changed} within the ${BATCH} executions up to ${i}`;
    }
    return episode.finish() ?? (isUntouched() ? null : `${changed} at the end`);
  } catch (error) {
    return `threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
}

/**
 * Runs at least `executions` executions of `target`; episode n is made by seed + n alone. After each few of them the
 * neighbour must be as it was, bit by bit.
 */
export function runHostile(
  target: Target,
  executions: number,
  seed: number,
  progress?: (done: number) => void,
): HostileReport {
  const world = newWorld();
  const neighbour = frozenNeighbour(world);
  const before = neighbour.snapshot();
  const isUntouched = (): boolean => isDeepStrictEqual(neighbour.snapshot(), before);
  const failures: string[] = [];
  let done = 0;
  let episodes = 0;
  for (; done < executions && failures.length < ENOUGH; episodes++) {
    const wrong = runEpisode(target, { world, isUntouched }, new Random(seed + episodes), () => {
      done++;
      progress?.(done);
    });
    if (wrong) failures.push(`${target.name}, seed ${seed + episodes}: ${wrong}`);
    world.clock.release('victim');
  }
  return { executions: done, episodes, failures };
}
