// Reads the data, compressed or not, and brings the page to life.
function begin(data) {
  var list, map;
  [$("focus"), $("book")].forEach(function (select) {
    if (!select) { return; }
    var options = document.createDocumentFragment();
    data.books.forEach(function (name, j) {
      var option = element("option", name);
      option.value = j;
      options.append(option);
    });
    select.append(options);
  });
  books(data, { accounts: function (j) { list.show(j); }, map: function (j) { map(j); } });
  list = accounts(data);
  map = mapped(data, list);
  document.documentElement.dataset.ready = Math.round(performance.now());
}
var source = $("page-data");
if (source) {
  if (source.dataset.packed === undefined) {
    begin(JSON.parse(source.textContent));
  } else if (typeof DecompressionStream === "undefined") {
    $("too-old").hidden = false;
  } else {
    var text = atob(source.textContent), bytes = new Uint8Array(text.length);
    for (var at = 0; at < text.length; at++) { bytes[at] = text.charCodeAt(at); }
    new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json().then(begin);
  }
  source.remove();
} else {
  document.documentElement.dataset.ready = Math.round(performance.now());
}
