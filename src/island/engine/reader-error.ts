/** A failure that is no fault of the device: trying elsewhere would not help. The message is for readers. */
export class ReaderError extends Error {
  override readonly name = "ReaderError";
}
