/** Out-of-order TCP bytes, put in order. Bounded in bytes (the receive window) and pieces. */

/** Pieces that may wait for a gap to close; more are dropped and the sender repeats them. */
export const MAX_PIECES = 32
/** What a piece costs beside its bytes, about. */
export const PIECE_OVERHEAD_BYTES = 128

type Piece = { sequence: number; bytes: Buffer }

/** Sequence comparison modulo 2^32 (RFC 9293 3.4): a - b as a signed distance. */
export const distance = (a: number, b: number): number => (a - b) | 0

export class Assembler {
  #pieces: Piece[] = []
  #bytes = 0

  get empty(): boolean {
    return this.#pieces.length === 0
  }
  /** Memory that the pieces take. */
  get bytes(): number {
    return this.#bytes + this.#pieces.length * PIECE_OVERHEAD_BYTES
  }

  /** Keep a copy of bytes that came early. What is already held wins over an overlap. */
  add(sequence: number, bytes: Uint8Array, offset: number, length: number): void {
    let from = sequence
    let at = offset
    let left = length
    let index = 0
    while (left > 0) {
      const piece = this.#pieces[index]
      if (piece === undefined || distance(piece.sequence, from) > 0) {
        const room = piece === undefined ? left : Math.min(left, distance(piece.sequence, from))
        if (this.#pieces.length >= MAX_PIECES) return
        // Not of Node's pool: one byte that waits would keep 8 KiB.
        const copy = Buffer.allocUnsafeSlow(room)
        copy.set(bytes.subarray(at, at + room))
        this.#bytes += room
        this.#pieces.splice(index, 0, { sequence: from, bytes: copy })
        from = (from + room) | 0
        at += room
        left -= room
        index++
        continue
      }
      const covered = distance((piece.sequence + piece.bytes.length) | 0, from)
      if (covered > 0) {
        const skip = Math.min(covered, left)
        from = (from + skip) | 0
        at += skip
        left -= skip
      }
      index++
    }
  }

  /** The bytes that continue at `sequence`, if they are here; called until undefined. */
  next(sequence: number): Buffer | undefined {
    for (;;) {
      const piece = this.#pieces[0]
      if (piece === undefined || distance(piece.sequence, sequence) > 0) return undefined
      this.#pieces.shift()
      this.#bytes -= piece.bytes.length
      const old = distance(sequence, piece.sequence)
      if (old < piece.bytes.length) return old === 0 ? piece.bytes : piece.bytes.subarray(old)
    }
  }
}
