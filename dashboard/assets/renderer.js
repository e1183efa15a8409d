/* Dash 4.2–4.4 tells the whole page of every component it mounts: a page of 1,400 components took 8 s of which the
   drawing itself is one (plotly/dash#3846, mended after 4.4.1). What is told is that the component's record of changes
   is cleared; where there is no record, nothing changes and nobody need be told. */
(function () {
  "use strict";
  let store;

  function hasRecord(state, path) {
    const prefix = path.join(",");
    return Object.keys(state.layoutHashes || {}).some((key) => key.startsWith(prefix));
  }

  function quiet(made) {
    const dispatch = made.dispatch;
    made.dispatch = function (action) {
      const path = action && action.type === "RESET_COMPONENT_STATE" && action.payload && action.payload.itempath;
      return Array.isArray(path) && !hasRecord(made.getState(), path) ? action : dispatch(action);
    };
    return made;
  }

  Object.defineProperty(window, "store", {
    configurable: true,
    get: () => store,
    set: (made) => { store = quiet(made); },
  });
})();
