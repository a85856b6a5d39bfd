//! JT/T 808 wire format (2011, 2013, 2019). No I/O, no clock, no runtime.
