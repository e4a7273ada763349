// Search on pages that are opened from a disk. Browsers refuse workers there, so the worker's script runs in a hidden
// frame, which has the same interface: messages go in by an event and come out by postMessage.
if (location.protocol === "file:") {
  window.Worker = window.IFrameWorker = class extends EventTarget {
    constructor(url) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      document.body.append(frame);
      const inside = frame.contentWindow;
      inside.postMessage = (data) => this.answer(data);
      inside.importScripts = (...urls) =>
        Promise.all(urls.map((one) => this.load(frame.contentDocument, one)));
      this.inside = inside;
      this.ready = this.load(frame.contentDocument, new URL(url, location).href);
    }
    load(page, url) {
      return new Promise((resolve, reject) => {
        const script = page.createElement("script");
        script.src = url;
        script.onload = resolve;
        script.onerror = reject;
        page.body.append(script);
      });
    }
    answer(data) {
      const event = new MessageEvent("message", { data });
      if (this.onmessage) this.onmessage(event);
      this.dispatchEvent(event);
    }
    postMessage(data) {
      this.ready.then(() =>
        this.inside.dispatchEvent(new MessageEvent("message", { data })),
      );
    }
    terminate() {}
  };
}
