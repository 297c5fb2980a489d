package dev.culvert.bench.e2e;

import java.util.Locale;

/** Parts of the load that can be asked for with {@code --only}, in the order in which they run. */
enum Section {
    TCP1,
    TCP4,
    UDP1300,
    UDP64,
    LATENCY,
    TRANSFER,
    IDLE,
    PROFILE;

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
