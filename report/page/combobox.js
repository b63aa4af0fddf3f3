// A chooser to type into: the list below narrows with each letter, arrows and Enter choose (ARIA combobox pattern).

const MOST_OPTIONS = 50;

//   input, list: elements. find: function of a text to all options { key, name, detail } that fit, best first.
//   choose: function of a key, "" for none.
function combobox(input, list, find, choose) {
  let options = [];
  let active = -1;
  let shown = "";

  const isOpen = () => !list.hidden;

  function close() {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function mark(place) {
    active = place;
    [...list.querySelectorAll("[role=option]")].forEach((option, index) => {
      option.setAttribute("aria-selected", String(index === place));
      if (index === place) option.scrollIntoView({ block: "nearest" });
    });
    if (place >= 0) input.setAttribute("aria-activedescendant", `${list.id}-${place}`);
    else input.removeAttribute("aria-activedescendant");
  }

  function open() {
    const text = input.value === shown ? "" : input.value.trim();
    const all = find(text);
    options = all.slice(0, MOST_OPTIONS);
    list.replaceChildren(
      ...options.map((option, place) =>
        make(
          "li",
          {
            role: "option",
            id: `${list.id}-${place}`,
            "aria-selected": "false",
            // Before the input loses the focus, which would close the list.
            onmousedown: (event) => {
              event.preventDefault();
              take(option);
            },
          },
          make("span", { class: "option-name" }, option.name),
          make("span", { class: "option-detail" }, option.detail),
        ),
      ),
    );
    if (all.length > options.length) {
      list.append(make("li", { role: "presentation", class: "more" }, t("more_options", { n: number(all.length - options.length) })));
    }
    if (!all.length) list.append(make("li", { role: "presentation", class: "more" }, t("no_option")));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    mark(text && options.length ? 0 : -1);
  }

  function take(option) {
    close();
    choose(option.key);
  }

  input.addEventListener("input", open);
  input.addEventListener("click", () => !isOpen() && open());
  input.addEventListener("focus", () => input.select());
  input.addEventListener("blur", () => {
    close();
    // What was typed and not chosen is no choice; an emptied field is.
    if (input.value.trim() === "" && shown) choose("");
    else input.value = shown;
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen()) open();
      else if (options.length) mark((active + (event.key === "ArrowDown" ? 1 : options.length - (active < 0 ? 0 : 1))) % options.length);
    } else if (event.key === "Enter" && isOpen()) {
      event.preventDefault();
      if (active >= 0) take(options[active]);
      else if (input.value.trim() === "") {
        close();
        choose("");
      }
    } else if (event.key === "Escape") {
      input.value = shown;
      close();
    }
  });

  return {
    // Show what is chosen.
    show(name) {
      shown = name;
      input.value = name;
    },
  };
}
