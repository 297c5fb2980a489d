package dev.culvert.bench.jmh;

import dev.culvert.esp.crypto.CipherEngines;
import dev.culvert.esp.crypto.CipherEngines.Choice;
import dev.culvert.esp.crypto.EspCipherProvider;
import java.util.Locale;

/** Engines by the names that the configuration has for them. */
final class Engines {

    private Engines() {}

    /**
     * A provider, as an agent has one.
     *
     * @param name {@code jdk} or {@code native}
     * @throws IllegalStateException when this host does not have it
     */
    static EspCipherProvider provider(String name) {
        return switch (CipherEngines.select(Choice.valueOf(name.toUpperCase(Locale.ROOT)))) {
            case CipherEngines.Selection.Selected selected -> selected.providers().get();
            case CipherEngines.Selection.Unavailable(String reason) ->
                    throw new IllegalStateException(reason);
        };
    }
}
