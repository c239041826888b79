import { HYPERCALLS } from './hypercalls';
import { GPADLS, MESSAGE_TARGET } from './messages';
import { RINGS } from './rings';
import type { Target } from './run';

/** Everything that a hostile guest can reach, one target for each way in. */
export const TARGETS: readonly Target[] = [HYPERCALLS, MESSAGE_TARGET, GPADLS, RINGS];
