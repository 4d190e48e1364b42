import { Fault } from '../../core/failures.ts';
import { refuseError } from './advertisement.ts';
import { createPacketReader, textOf } from './pkt-line.ts';

const BAND_DATA = 1;
const BAND_FATAL = 3;

/** The pack in a v2 `fetch` answer; compacts `body` in place and returns a view of it. */
export function packOfV2(body: Buffer): Buffer {
  const reader = createPacketReader(body);
  for (let packet = reader.next(); packet; packet = reader.next()) {
    if (packet.kind !== 'data') continue;
    const text = textOf(body, packet);
    refuseError(text);
    if (text === 'packfile') return demultiplex(body, reader.offset());
  }
  throw new Fault('malformed', 'the Git server sent no pack', {});
}

/** The pack in a v0 answer: shallow lines and acknowledgements first, then the pack, in bands or bare. */
export function packOfV0(body: Buffer, sideBand: boolean): Buffer {
  const reader = createPacketReader(body);
  for (let packet = reader.next(); packet; packet = reader.next()) {
    if (packet.kind !== 'data') continue;
    const text = textOf(body, packet);
    refuseError(text);
    if (text !== 'NAK' && !/^ACK [0-9a-f]{40}$/.test(text)) continue;
    return sideBand ? demultiplex(body, reader.offset()) : body.subarray(reader.offset());
  }
  throw new Fault('malformed', 'the Git server sent no pack', {});
}

function demultiplex(body: Buffer, start: number): Buffer {
  const reader = createPacketReader(body, start);
  let end = start;
  for (let packet = reader.next(); packet; packet = reader.next()) {
    if (packet.kind !== 'data') return body.subarray(start, end);
    const band = body[packet.from];
    if (band === BAND_FATAL) {
      const said = body.toString('utf8', packet.from + 1, packet.to).trim();
      throw new Fault('server-error', `the Git server says: ${said}`, { said });
    }
    if (band !== BAND_DATA) continue;
    body.copyWithin(end, packet.from + 1, packet.to);
    end += packet.to - packet.from - 1;
  }
  throw new Fault('malformed', 'the Git server cut its answer short', {});
}
