"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const search = byId("search");
  const sections = [...document.querySelectorAll("details.section")];
  if (!search || !sections.length) return;
  document.querySelector(".tools").hidden = false;

  // The text of each entry with what stands above it, folded once, when it is first needed.
  let entries = null;
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const collect = () => sections.flatMap((section) => {
    const title = [...section.querySelectorAll(":scope > summary, :scope > .about")].map((one) => one.textContent).join(" ");
    return [...section.querySelectorAll(".block")].flatMap((block) => {
      const head = [...block.querySelectorAll("h3, .about")].map((one) => one.textContent).join(" ");
      return [...block.querySelectorAll("li")].map((item) => (
        { item, block, section, text: fold(`${title} ${head} ${item.textContent}`) }));
    });
  });

  const show = () => {
    const words = fold(search.value).split(/\s+/).filter(Boolean);
    entries = entries || collect();
    const seen = new Set();
    let count = 0;
    for (const { item, block, section, text } of entries) {
      const fits = words.every((word) => text.includes(word));
      if (item.hidden === fits) item.hidden = !fits;
      if (fits) { count += 1; seen.add(block).add(section); }
    }
    for (const { block, section } of entries) {
      block.hidden = !seen.has(block);
      section.hidden = !seen.has(section);
    }
    if (words.length) for (const section of sections) if (!section.hidden) section.open = true;
    byId("found").textContent = words.length ? `${count} of ${entries.length}` : "";
    byId("nothing").hidden = count > 0;
  };

  let waiting = 0;
  search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(show, 120); });
  document.addEventListener("keydown", (event) => {
    const typing = /^(input|textarea|select)$/i.test(event.target.tagName);
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "Escape" && event.target === search) {
      search.value = "";
      show();
    }
  });

  const button = byId("fold");
  const label = () => { button.textContent = sections.some((one) => one.open) ? "Fold all" : "Unfold all"; };
  button.addEventListener("click", () => {
    const open = !sections.some((one) => one.open);
    for (const section of sections) section.open = open;
    label();
  });
  for (const section of sections) section.addEventListener("toggle", label);

  // A link may hold a search (#q=words). A link into a folded section, and a printer, must find it open.
  const reveal = () => {
    if (location.hash.startsWith("#q=")) {
      search.value = decodeURIComponent(location.hash.slice(3));
      show();
      return;
    }
    const target = location.hash && byId(location.hash.slice(1));
    if (target && target.matches("details")) target.open = true;
  };
  addEventListener("hashchange", reveal);
  reveal();
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = sections.filter((one) => !one.open);
    for (const section of folded) section.open = true;
  });
  addEventListener("afterprint", () => { for (const section of folded) section.open = false; });
})();
