/**
 * Name/value header blocks of SPDY/3.1 (draft-mbelshe-httpbis-spdy-00, 2.6.10): one zlib stream a direction and connection, begun with a fixed
 * dictionary and flushed after every block. Blocks must be given in the order of the wire.
 */

import { constants, createDeflate, createInflate } from 'node:zlib';

/** Inflated. Kubernetes' clients send three short pairs; a hostile block expands without end. */
const BLOCK_BYTES_MAX = 16 * 1024;
const PAIRS_MAX = 64;

const WORDS = (
  'options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow authorization ' +
  'cache-control connection content-base content-encoding content-language content-length content-location content-md5 content-range ' +
  'content-type date etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified ' +
  'location max-forwards pragma proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding ' +
  'upgrade user-agent vary via warning www-authenticate method get status 200_OK version HTTP/1.1 url public set-cookie keep-alive origin'
)
  .split(' ')
  .map((word) => word.replace('_', ' '));

const TAIL =
  '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505' +
  '203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found' +
  '500 Internal Server Error501 Not Implemented503 Service Unavailable' +
  'Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT' +
  'chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,public' +
  'privatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.';

/** 2.6.10.1: the words, each after its length as 32 bits, then text as it is. */
export const DICTIONARY = Buffer.concat([
  ...WORDS.flatMap((word) => [uint32(word.length), Buffer.from(word)]),
  Buffer.from(TAIL),
]);

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export interface HeaderDecoder {
  /** Names in lower case. Rejects for what is no header block. One call at a time. */
  decode(block: Buffer): Promise<Map<string, string>>;
  close(): void;
}

export function createHeaderDecoder(): HeaderDecoder {
  const inflate = createInflate({ dictionary: DICTIONARY, finishFlush: constants.Z_SYNC_FLUSH });
  let failure: Error | undefined;
  inflate.on('error', (error) => {
    failure = error;
  });
  return {
    async decode(block) {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const collect = (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= BLOCK_BYTES_MAX) chunks.push(chunk);
        else inflate.destroy(new Error(`a header block has more than ${BLOCK_BYTES_MAX} bytes`));
      };
      inflate.on('data', collect);
      try {
        await new Promise<void>((resolve, reject) => {
          const ended = () => reject(failure ?? new Error('the header stream has ended'));
          if (failure || inflate.destroyed) return ended();
          inflate.once('close', ended);
          inflate.write(block, () => {
            inflate.off('close', ended);
            setImmediate(resolve); // what was inflated is delivered first
          });
        });
      } finally {
        inflate.off('data', collect);
      }
      if (failure) throw failure;
      return parsePairs(Buffer.concat(chunks));
    },
    close: () => inflate.destroy(),
  };
}

function parsePairs(block: Buffer): Map<string, string> {
  const pairs = new Map<string, string>();
  let at = 0;
  const text = (): string => {
    const length = block.readUInt32BE(at);
    if (length > block.length - at - 4) throw new Error('a header block is cut off');
    at += 4 + length;
    return block.toString('utf8', at - length, at);
  };
  const count = block.readUInt32BE(0);
  if (count > PAIRS_MAX) throw new Error(`a header block has more than ${PAIRS_MAX} pairs`);
  at = 4;
  for (let index = 0; index < count; index++) {
    const name = text().toLowerCase();
    pairs.set(name, text());
  }
  return pairs;
}

export interface HeaderEncoder {
  /** One call at a time. */
  encode(pairs: ReadonlyMap<string, string>): Promise<Buffer>;
  close(): void;
}

export function createHeaderEncoder(): HeaderEncoder {
  const deflate = createDeflate({ dictionary: DICTIONARY });
  deflate.on('error', () => {}); // closed in the middle of a block
  return {
    encode(pairs) {
      const parts = [uint32(pairs.size)];
      for (const [name, value] of pairs) {
        for (const text of [name.toLowerCase(), value]) parts.push(uint32(Buffer.byteLength(text)), Buffer.from(text));
      }
      const chunks: Buffer[] = [];
      const collect = (chunk: Buffer) => chunks.push(chunk);
      deflate.on('data', collect);
      return new Promise((resolve) => {
        deflate.write(Buffer.concat(parts));
        deflate.flush(constants.Z_SYNC_FLUSH, () => {
          setImmediate(() => {
            deflate.off('data', collect);
            resolve(Buffer.concat(chunks));
          });
        });
      });
    },
    close: () => deflate.destroy(),
  };
}
