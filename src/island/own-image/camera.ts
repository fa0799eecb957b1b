/** The reader's camera: a live picture, one of whose frames is taken. On only between `start` and `stop`. */

/** Why there is no camera; for readers, with a next step. */
class NoCamera extends Error {}

/** By the name of the exception that `getUserMedia` throws. */
const REASONS: Readonly<Record<string, string>> = {
  NotAllowedError:
    "camera: expected your permission, got a refusal; allow the camera in the browser’s settings for this site, or choose a file",
  NotFoundError: "camera: expected one, got none; connect a camera, or choose a file",
  NotReadableError:
    "camera: expected it to be free, got none; another program may be using it: close that, or choose a file",
};

export class Camera {
  readonly #video: HTMLVideoElement;
  #stream: MediaStream | undefined;

  constructor(video: HTMLVideoElement) {
    this.#video = video;
  }

  /** @throws NoCamera */
  async start(): Promise<void> {
    this.stop();
    // Pages that did not come over a secure connection have no camera at all.
    if (!navigator.mediaDevices) {
      throw new NoCamera("camera: expected a secure connection (https), got none; choose a file");
    }
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: "environment" },
        audio: false,
      });
    } catch (error) {
      const { name, message } = error as DOMException;
      throw new NoCamera(REASONS[name] ?? `camera: expected a picture, got ${message}; choose a file`);
    }
    this.#video.srcObject = this.#stream;
    await this.#video.play();
  }

  /** The frame that is shown now. */
  async take(): Promise<ImageBitmap> {
    return createImageBitmap(this.#video);
  }

  /** Ends the recording, so that the camera's light goes out. */
  stop(): void {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = undefined;
    this.#video.srcObject = null;
  }
}
