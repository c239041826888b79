/** Asks gcc what the kernel's declarations come to: a program is made of them, compiled as the kernel is, and run. */
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { KernelSource } from './source';

const run = promisify(execFile);

/**
 * What one program includes: headers by the names that the kernel's own files use, drivers by their path in the source tree.
 * A driver's file declares its structures for itself, so it is included whole.
 */
export interface Unit {
  readonly headers?: readonly string[];
  readonly driver?: string;
}

/** A C expression, or (with braces) the body of a function, whose value is an integer. */
export type Question = string;

function flags({ common, configured, source }: KernelSource): string[] {
  const folders = [
    `${common}/arch/x86/include`,
    `${configured}/arch/x86/include/generated`,
    `${common}/include`,
    `${configured}/include`,
    `${common}/arch/x86/include/uapi`,
    `${configured}/arch/x86/include/generated/uapi`,
    `${common}/include/uapi`,
    `${configured}/include/generated/uapi`,
    `${source}/drivers/hv`,
    `${source}/drivers/net/hyperv`,
  ];
  const before = ['compiler-version', 'kconfig', 'compiler_types'].flatMap((name) => [
    '-include',
    `${common}/include/linux/${name}.h`,
  ]);
  const names = ['BASENAME', 'MODNAME', 'MODFILE'].map((name) => `-DKBUILD_${name}="lab"`);
  const code = ['-std=gnu11', '-fshort-wchar', '-fno-strict-aliasing', '-m64', '-mno-sse', '-O1', '-w'];
  const plain = ['-fno-pie', '-fno-stack-protector', '-fcf-protection=none']; // it runs as an ordinary program
  const kernel = ['-D__KERNEL__', '-DMODULE', '-D__KBUILD_MODNAME=kmod_lab', '-DCC_USING_FENTRY'];
  return ['-nostdinc', ...folders.map((folder) => `-I${folder}`), ...before, ...kernel, ...names, ...code, ...plain];
}

function program(unit: Unit, source: string, questions: readonly Question[]): string {
  const includes = [
    ...(unit.headers ?? []).map((name) => `#include <${name}>`),
    ...(unit.driver ? [`#include "${source}/${unit.driver}"`] : []),
  ];
  const bodies = questions.map((text) => (text.startsWith('{') ? text : `{ return (unsigned long long)(${text}); }`));
  return [
    ...includes,
    ...bodies.map((body, i) => `static unsigned long long answer_${i}(void) ${body}`),
    `unsigned long long (*const lab_answers[])(void) = { ${bodies.map((_, i) => `answer_${i}`).join(', ')} };`,
    `const unsigned lab_answer_count = ${bodies.length};`,
  ].join('\n');
}

const PRINTER = `#include <stdio.h>
extern unsigned long long (*const lab_answers[])(void);
extern const unsigned lab_answer_count;
int main(void) { for (unsigned i = 0; i < lab_answer_count; i++) printf("%llu\\n", lab_answers[i]()); return 0; }
`;

/** The value of each question, in order. Throws with the compiler's words when one of them makes no sense to it. */
export async function ask(kernel: KernelSource, unit: Unit, questions: readonly Question[]): Promise<bigint[]> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'partition-lab-c-'));
  const at = (name: string): string => path.join(folder, name);
  try {
    fs.writeFileSync(at('unit.c'), program(unit, kernel.source, questions));
    fs.writeFileSync(at('printer.c'), PRINTER);
    await run('gcc', [...flags(kernel), '-c', at('unit.c'), '-o', at('unit.o')]);
    // What the drivers call lies in the kernel; none of it is called here.
    const link = ['-no-pie', '-Wl,--unresolved-symbols=ignore-all,--no-warnings'];
    await run('gcc', ['-w', ...link, at('printer.c'), at('unit.o'), '-o', at('program')]);
    const { stdout } = await run(at('program'));
    return stdout.trim().split('\n').map(BigInt);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
