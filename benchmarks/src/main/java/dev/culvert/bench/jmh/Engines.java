package dev.culvert.bench.jmh;

import dev.culvert.esp.crypto.CipherEngines;
import dev.culvert.esp.crypto.CipherEngines.Choice;
import dev.culvert.esp.crypto.EspCipherProvider;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** Engines by the names that the configuration has for them. */
final class Engines {

    /** Names another libipsec-mb than the host's. */
    private static final String LIBRARY_PROPERTY = "ipsec_mb_library";

    private Engines() {}

    /**
     * A provider, as an agent has one.
     *
     * @param name {@code jdk} or {@code native}
     * @throws IllegalStateException when this host does not have it
     */
    static EspCipherProvider provider(String name) {
        final Choice choice = Choice.valueOf(name.toUpperCase(Locale.ROOT));
        final Optional<Path> library =
                Optional.ofNullable(System.getProperty(LIBRARY_PROPERTY)).map(Path::of);
        return switch (CipherEngines.select(choice, library)) {
            case CipherEngines.Selection.Selected selected -> selected.providers().get();
            case CipherEngines.Selection.Unavailable(String reason) ->
                    throw new IllegalStateException(reason);
        };
    }
}
