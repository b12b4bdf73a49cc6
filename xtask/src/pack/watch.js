// Lets the page run by itself and notes which functions it called, in the end, in the page. At first frames come as
// they do on machines of all kinds, then, FAST of them, each is a tenth of a second long. A browser that does not show
// its page draws seldom, so frames are timers here.
{
  let now = 0, frames = 0;
  globalThis.cancelAnimationFrame = clearTimeout;
  globalThis.requestAnimationFrame = (show) => setTimeout(() => {
    frames += 1;
    now += frames > SLOW ? 100 : frames % 50 === 0 ? frames : 17;
    if (frames < SLOW + FAST) return show(now);
    const notes = [];
    for (let n = 0; globalThis.kafkascope['NOTE' + n]; n++) {
      notes.push(BigInt.asUintN(64, globalThis.kafkascope['NOTE' + n].value).toString(16));
    }
    document.body.innerHTML = '<pre>watched: ' + notes.join(' ') + ' .</pre>';
  }, 1);
}
