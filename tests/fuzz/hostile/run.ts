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

function runEpisode(target: Target, world: World, random: Random, count: () => void): string | null {
  try {
    const episode = target.begin(world, random);
    for (let i = 0; i < EXECUTIONS; i++) {
      episode.step();
      count();
    }
    return episode.finish();
  } catch (error) {
    return `threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
}

/**
 * Runs at least `executions` executions of `target`; episode n is made by seed + n alone. After each the neighbour must be as it
 * was, bit by bit.
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
  const failures: string[] = [];
  let done = 0;
  let episodes = 0;
  for (; done < executions && failures.length < ENOUGH; episodes++) {
    let wrong = runEpisode(target, world, new Random(seed + episodes), () => {
      done++;
      progress?.(done);
    });
    if (!wrong && !isDeepStrictEqual(neighbour.snapshot(), before)) wrong = 'the machine beside it has changed';
    if (wrong) failures.push(`${target.name}, seed ${seed + episodes}: ${wrong}`);
    world.clock.release('victim');
  }
  return { executions: done, episodes, failures };
}
