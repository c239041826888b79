import { PortSpace } from '@engine/bus/port-space';
import { Uart16550 } from '@engine/chipset/uart/uart16550';
import { beforeEach, describe, expect, it } from 'vitest';

class Board {
  readonly ports = new PortSpace();
  readonly levels: boolean[] = [];
  readonly sent: number[] = [];
  readonly uart = new Uart16550({
    name: 'com1',
    ports: this.ports,
    base: 0x3f8,
    interrupt: { set: (level) => this.levels.push(level) },
    sink: (byte) => this.sent.push(byte),
  });

  in(register: number): number {
    return this.ports.read(0x3f8 + register, 1);
  }

  out(register: number, value: number): void {
    this.ports.write(0x3f8 + register, 1, value);
  }

  get irq(): boolean {
    return this.levels.at(-1) ?? false;
  }
}

let board = new Board();
beforeEach(() => {
  board = new Board();
});

describe('16550', () => {
  it('sends what is written and is ready at once', () => {
    expect(board.in(5)).toBe(0x60);
    for (const char of 'boot') board.out(0, char.charCodeAt(0));
    expect(String.fromCharCode(...board.sent)).toBe('boot');
    expect(board.in(5)).toBe(0x60);
  });

  it('is found: scratch register, divisor and FIFO bits', () => {
    board.out(7, 0x5a);
    expect(board.in(7)).toBe(0x5a);
    board.out(3, 0x83);
    board.out(0, 0x01);
    board.out(1, 0x02);
    expect([board.in(0), board.in(1)]).toEqual([1, 2]);
    board.out(3, 0x03);
    expect([board.in(0), board.in(1), board.sent.length]).toEqual([0, 0, 0]);
    expect(board.in(2)).toBe(0x01);
    board.out(2, 0x01);
    expect(board.in(2)).toBe(0xc1);
  });

  it('receives one byte without the FIFO and sixteen with it', () => {
    board.uart.receive([1, 2]);
    expect(board.in(5)).toBe(0x63);
    expect(board.in(5)).toBe(0x61); // the overrun has been told
    expect([board.in(0), board.in(5)]).toEqual([1, 0x60]);
    board.out(2, 0x01);
    board.uart.receive(Array.from({ length: 20 }, (_, i) => i));
    expect(board.uart.room).toBe(0);
    expect(Array.from({ length: 17 }, () => board.in(0))).toEqual([...Array.from({ length: 16 }, (_, i) => i), 0]);
    expect(board.uart.inspect()).toMatchObject({ lost: 5 });
  });

  it('interrupts through OUT2 for the most urgent cause', () => {
    board.out(1, 0x07);
    expect(board.irq).toBe(false);
    board.out(4, 0x08);
    expect(board.irq).toBe(true);
    expect(board.in(2)).toBe(0x02); // transmitter empty, and answered by the read
    expect(board.irq).toBe(false);
    board.uart.receive([65, 66]);
    expect(board.in(2)).toBe(0x06);
    board.in(5);
    expect(board.in(2)).toBe(0x04);
    expect(board.in(0)).toBe(65);
    expect(board.irq).toBe(false);
    board.out(0, 1);
    expect(board.irq).toBe(true);
  });

  it('waits for the trigger level, then for the rest', () => {
    board.out(2, 0x81); // eight bytes
    board.out(1, 0x01);
    board.uart.receive([1]);
    expect(board.in(2)).toBe(0xcc);
    board.uart.receive([1, 2, 3, 4, 5, 6, 7]);
    expect(board.in(2)).toBe(0xc4);
    board.out(2, 0x03); // clear the FIFO
    expect(board.in(5)).toBe(0x60);
  });

  it('interrupts when a byte arrives', () => {
    board.out(1, 0x01);
    board.out(4, 0x08);
    expect(board.irq).toBe(false);
    board.uart.receive([7]);
    expect(board.irq).toBe(true);
    board.in(0);
    expect(board.irq).toBe(false);
  });

  it('loops back bytes and modem lines', () => {
    expect(board.in(6)).toBe(0xb0);
    board.out(4, 0x1a); // loopback, RTS, OUT2
    expect(board.in(6) & 0xf0).toBe(0x90);
    expect(board.in(6) & 0x0f).toBe(0); // the changes have been told
    board.out(4, 0x15); // DTR and OUT1
    expect(board.in(6) & 0xf0).toBe(0x60);
    expect(board.in(4)).toBe(0x15);
    board.out(0, 0x42);
    expect(board.sent).toEqual([]);
    expect(board.in(0)).toBe(0x42);
  });

  it('tells of modem lines that change', () => {
    board.out(1, 0x08);
    board.out(4, 0x18);
    board.out(4, 0x08);
    expect(board.irq).toBe(true);
    expect(board.in(2)).toBe(0x00);
    board.in(6);
    expect(board.irq).toBe(false);
  });

  it('answers other widths with all ones and starts again after a reset', () => {
    expect(board.ports.read(0x3f8, 2)).toBe(0xffff);
    board.ports.write(0x3f8, 4, 0x41);
    expect(board.sent).toEqual([]);
    board.out(1, 0x0f);
    board.out(4, 0x08);
    const other = new Board();
    other.uart.restore(board.uart.save());
    expect(other.irq).toBe(true);
    other.uart.reset();
    expect([other.irq, other.in(1)]).toEqual([false, 0]);
  });
});
