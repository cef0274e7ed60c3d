// The map: one book at a time, closer on request; many accounts are painted, not built as elements.
function mapped(data, list) {
  var svg = document.querySelector("svg.map"), frame = $("map"), focus = $("focus");
  if (!svg) { return function () {}; }
  var points = data.map, box = svg.viewBox.baseVal, W = box.width, H = box.height;
  var zoom = 1, cx = W / 2, cy = H / 2, canvas = null, inOrder = null;
  if (points) {
    canvas = document.createElement("canvas");
    frame.prepend(canvas);
    svg.classList.add("painted");
    $("sampled").hidden = true;
    inOrder = Int32Array.from(points.account, function (_, p) { return p; });
    // One fill colour at a time.
    var tone = points.account.map(function (i) { return points.colour[list.book(i)]; }), rank = ranks(tone);
    inOrder.sort(function (a, b) { return rank[a] - rank[b]; });
  }
  function paint() {
    if (!canvas) { return; }
    var ratio = Math.min(window.devicePixelRatio || 1, 2), wide = svg.clientWidth || 1000;
    canvas.width = Math.round(wide * ratio);
    canvas.height = Math.round(wide * ratio * H / W);
    var pen = canvas.getContext("2d"), s = canvas.width * zoom / W, left = cx - W / zoom / 2, top = cy - H / zoom / 2;
    var r = Math.max(0.7, Math.min(3, 260 / Math.sqrt(inOrder.length))) * ratio * Math.sqrt(zoom) * wide / 1000;
    var chosen = focus.value === "" ? -1 : Number(focus.value), round = inOrder.length <= 30000;
    function dots(wanted) {
      var colour = null;
      for (var k = 0; k < inOrder.length; k++) {
        var p = inOrder[k], j = list.book(points.account[p]);
        if (chosen >= 0 && (j === chosen) !== wanted) { continue; }
        var x = (points.x[p] / 10 - left) * s, y = (points.y[p] / 10 - top) * s;
        if (x < -r || y < -r || x > canvas.width + r || y > canvas.height + r) { continue; }
        if (points.colour[j] !== colour) {
          if (round && colour) { pen.fill(); }
          colour = points.colour[j];
          pen.fillStyle = colour;
          if (round) { pen.beginPath(); }
        }
        if (round) { pen.moveTo(x + r, y); pen.arc(x, y, r, 0, 6.2832); } else { pen.fillRect(x - r, y - r, 2 * r, 2 * r); }
      }
      if (round && colour) { pen.fill(); }
    }
    pen.globalAlpha = chosen >= 0 ? 0.12 : 0.85;
    dots(false);
    if (chosen >= 0) { pen.globalAlpha = 1; dots(true); }
  }
  function view() {
    var w = W / zoom, h = H / zoom;
    cx = Math.min(Math.max(cx, w / 2), W - w / 2);
    cy = Math.min(Math.max(cy, h / 2), H - h / 2);
    svg.setAttribute("viewBox", [cx - w / 2, cy - h / 2, w, h].join(" "));
    svg.style.setProperty("--z", zoom);
    $("zoom-out").disabled = $("whole").disabled = zoom === 1;
    frame.classList.toggle("near", zoom > 1);
    paint();
  }
  function nearer(factor) { zoom = Math.min(Math.max(zoom * factor, 1), 64); view(); }
  function show() {
    svg.classList.toggle("focus", focus.value !== "");
    svg.querySelectorAll(".on").forEach(function (part) { part.classList.remove("on"); });
    svg.querySelectorAll('[data-book="' + focus.value + '"]').forEach(function (part) { part.classList.add("on"); });
    paint();
  }
  function at(event) {
    var rect = svg.getBoundingClientRect();
    return { x: cx + ((event.clientX - rect.left) / rect.width - 0.5) * W / zoom,
      y: cy + ((event.clientY - rect.top) / rect.height - 0.5) * H / zoom, reach: 8 * W / zoom / rect.width };
  }
  function nearest(event) {
    if (!points) { return -1; }
    var here = at(event), best = here.reach * here.reach, found = -1;
    for (var p = 0; p < points.x.length; p++) {
      var dx = points.x[p] / 10 - here.x, dy = points.y[p] / 10 - here.y, d = dx * dx + dy * dy;
      if (d < best) { best = d; found = p; }
    }
    return found < 0 ? -1 : points.account[found];
  }
  var drag = null, dragged = false;
  svg.addEventListener("pointerdown", function (event) {
    dragged = false;
    if (zoom > 1) { drag = { x: event.clientX, y: event.clientY, cx: cx, cy: cy }; }
  });
  addEventListener("pointermove", function (event) {
    if (!drag) { return; }
    var scale = W / zoom / svg.getBoundingClientRect().width;
    var dx = event.clientX - drag.x, dy = event.clientY - drag.y;
    if (Math.abs(dx) + Math.abs(dy) > 4) { dragged = true; }
    cx = drag.cx - dx * scale;
    cy = drag.cy - dy * scale;
    view();
  });
  addEventListener("pointerup", function () { drag = null; });
  svg.addEventListener("mousemove", function (event) {
    if (!points || drag) { return; }
    var i = nearest(event);
    $("under").textContent = i < 0 ? "" : list.name(i) + " (" + data.books[list.book(i)] + ")";
  });
  svg.addEventListener("click", function (event) {
    if (dragged) { return; }
    var part = event.target.closest("[data-book]"), i = part ? -1 : nearest(event);
    var book = part ? part.dataset.book : i < 0 ? "" : String(list.book(i));
    focus.value = book !== focus.value ? book : "";
    show();
  });
  frame.addEventListener("keydown", function (event) {
    var step = 0.2 / zoom, key = event.key;
    if (key === "+" || key === "=") { nearer(1.6); } else if (key === "-") { nearer(1 / 1.6); } else if (key === "0") { nearer(0); }
    else if (zoom > 1 && key.indexOf("Arrow") === 0) {
      cx += (key === "ArrowRight" ? step : key === "ArrowLeft" ? -step : 0) * W;
      cy += (key === "ArrowDown" ? step : key === "ArrowUp" ? -step : 0) * H;
      view();
    } else { return; }
    event.preventDefault();
  });
  $("zoom-in").addEventListener("click", function () { nearer(1.6); });
  $("zoom-out").addEventListener("click", function () { nearer(1 / 1.6); });
  $("whole").addEventListener("click", function () { nearer(0); });
  focus.addEventListener("change", show);
  addEventListener("resize", soon(paint));
  $("map-tools").hidden = false;
  view();
  return function (j) {
    focus.value = String(j);
    show();
    $("h-map").scrollIntoView();
    focus.focus({ preventScroll: true });
  };
}
