/**
 * The smallest program that Linux runs: it exits with 0. For trying out whether containers start where no image is at hand.
 */

/** `exit(0)` in the machine's own words, and the machine's number in ELF. */
const MACHINES: Record<string, { machine: number; code: readonly number[] }> = {
  // xor edi, edi; mov eax, 60; syscall
  x64: { machine: 62, code: [0x31, 0xff, 0xb8, 0x3c, 0, 0, 0, 0x0f, 0x05] },
  // mov x0, #0; mov x8, #93; svc #0
  arm64: { machine: 183, code: [0, 0, 0x80, 0xd2, 0xa8, 0x0b, 0x80, 0xd2, 0x01, 0, 0, 0xd4] },
};

const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;
const BASE_ADDRESS = 0x400000n;
const PAGE_BYTES = 0x1000n;

/** Undefined: not for this kind of machine. */
export function tinyProgram(arch: string): Buffer | undefined {
  const known = MACHINES[arch];
  if (!known) return undefined;
  const start = HEADER_BYTES + SEGMENT_BYTES;
  const size = start + known.code.length;
  const elf = Buffer.alloc(size);
  elf.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]);
  elf.writeUInt16LE(2, 16); // executable
  elf.writeUInt16LE(known.machine, 18);
  elf.writeUInt32LE(1, 20);
  elf.writeBigUInt64LE(BASE_ADDRESS + BigInt(start), 24); // entry
  elf.writeBigUInt64LE(BigInt(HEADER_BYTES), 32); // segments
  elf.writeUInt16LE(HEADER_BYTES, 52);
  elf.writeUInt16LE(SEGMENT_BYTES, 54);
  elf.writeUInt16LE(1, 56);
  elf.writeUInt32LE(1, HEADER_BYTES); // to be loaded
  elf.writeUInt32LE(5, HEADER_BYTES + 4); // readable, executable
  elf.writeBigUInt64LE(BASE_ADDRESS, HEADER_BYTES + 16);
  elf.writeBigUInt64LE(BASE_ADDRESS, HEADER_BYTES + 24);
  elf.writeBigUInt64LE(BigInt(size), HEADER_BYTES + 32);
  elf.writeBigUInt64LE(BigInt(size), HEADER_BYTES + 40);
  elf.writeBigUInt64LE(PAGE_BYTES, HEADER_BYTES + 48);
  elf.set(known.code, start);
  return elf;
}
