const WINDOW_MS = 60_000;
const ALLOWED = 20;
/** Addresses remembered at once; the oldest are forgotten first. */
const MAX_ADDRESSES = 10_000;

interface Window {
  count: number;
  readonly endsAt: number;
}

/** Counts failed authentications by address over a minute, in this process. */
export class FailureWindow {
  private readonly windows = new Map<string, Window>();

  /** @param now a clock that never goes back, in milliseconds */
  constructor(private readonly now: () => number) {}

  /**
   * Counts one failure. Answers the seconds until the window ends when there were too many in it, else nothing.
   */
  record(address: string): number | undefined {
    const at = this.now();
    let window = this.windows.get(address);
    if (window === undefined || window.endsAt <= at) {
      window = { count: 0, endsAt: at + WINDOW_MS };
      this.windows.delete(address);
      this.windows.set(address, window);
      this.forgetOldest();
    }
    window.count += 1;
    return window.count > ALLOWED ? Math.max(1, Math.ceil((window.endsAt - at) / 1_000)) : undefined;
  }

  /** True when the last failure of this address was the first one too many: worth one line in the audit log. */
  justExceeded(address: string): boolean {
    return this.windows.get(address)?.count === ALLOWED + 1;
  }

  private forgetOldest(): void {
    for (const address of this.windows.keys()) {
      if (this.windows.size <= MAX_ADDRESSES) return;
      this.windows.delete(address);
    }
  }
}
