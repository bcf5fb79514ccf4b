// Test programs under Node see the environment (LIVEGRAD_ISA, LIVEGRAD_DATA) as native ones do.
Module["preRun"] = [() => { if (typeof ENV !== "undefined") Object.assign(ENV, process.env); }];
