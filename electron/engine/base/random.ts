import type { InspectNode, Unit } from './unit';

/** State of the generator: four 32-bit words. */
export interface RandomState {
  words: Uint32Array;
}

/**
 * The engine's only source of chance: xoshiro128** (Blackman and Vigna, public domain description), seeded through
 * splitmix32 so that small seeds differ from the first number on.
 */
export class Random implements Unit<RandomState> {
  private state: RandomState = { words: new Uint32Array(4) };

  /** @param seed any 32-bit integer; the same seed gives the same sequence. */
  constructor(private readonly seed: number) {
    this.reset();
  }

  reset(): void {
    let x = this.seed >>> 0;
    for (let i = 0; i < 4; i++) {
      x = (x + 0x9e3779b9) >>> 0;
      let z = x;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      this.state.words[i] = (z ^ (z >>> 15)) >>> 0;
    }
  }

  /** The next 32-bit unsigned integer. */
  next(): number {
    const s = this.state.words;
    const [a = 0, b = 0, c = 0, d = 0] = s;
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    s[2] = c ^ a;
    s[3] = d ^ b;
    s[1] = b ^ s[2];
    s[0] = a ^ s[3];
    s[2] ^= b << 9;
    s[3] = rotate(s[3], 11);
    return result;
  }

  /** An integer in 0 … bound-1; `bound` is 1 … 2^32. */
  below(bound: number): number {
    return Math.floor((this.next() / 0x1_0000_0000) * bound);
  }

  /** `length` random bytes. */
  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.next() & 0xff);
  }

  save(): RandomState {
    return { words: this.state.words.slice() };
  }

  restore(saved: RandomState): void {
    this.state = { words: saved.words.slice() };
  }

  inspect(): InspectNode {
    return Array.from(this.state.words);
  }
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}
