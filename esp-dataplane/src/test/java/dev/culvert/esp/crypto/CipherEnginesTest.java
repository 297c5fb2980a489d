package dev.culvert.esp.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.esp.EspKeys;
import dev.culvert.esp.EspSuite;
import dev.culvert.esp.crypto.CipherEngines.Choice;
import dev.culvert.esp.crypto.CipherEngines.Selection;
import dev.culvert.esp.testing.Suites;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class CipherEnginesTest {

    private static final Set<String> FLAGS =
            Set.of("aes", "pclmulqdq", "avx2", "bmi2", "gfni", "vaes", "vpclmulqdq");
    private static final List<Path> NO_FILES =
            List.of(Path.of("/nowhere/libIPSec_MB.so.2"), Path.of("/nowhere/libIPSec_MB.so.1"));

    @Test
    void shouldTakeTheJdkWhenItIsAskedFor() {
        assertThat(CipherEngines.select(Choice.JDK, Optional.empty()))
                .isInstanceOfSatisfying(
                        Selection.Selected.class,
                        selected -> {
                            assertThat(selected.description()).isEqualTo("jdk");
                            assertThat(selected.providers().get())
                                    .isInstanceOf(JdkCipherProvider.class);
                        });
    }

    @Test
    void shouldFallBackWithTheRemedyWhenThereIsNoLibrary() {
        final IpsecMbEngine.Probe probe = IpsecMbEngine.probe("amd64", FLAGS, NO_FILES);

        assertThat(CipherEngines.select(probe, true))
                .isInstanceOfSatisfying(
                        Selection.Selected.class,
                        selected -> {
                            assertThat(selected.name()).isEqualTo("jdk");
                            assertThat(selected.description())
                                    .startsWith("jdk (libipsec-mb not found: apt install");
                            assertThat(selected.providers().get().name()).isEqualTo("jdk");
                        });
        assertThat(CipherEngines.select(probe, false))
                .isInstanceOfSatisfying(
                        Selection.Unavailable.class,
                        unavailable ->
                                assertThat(unavailable.reason())
                                        .contains("apt install libipsec-mb1"));
    }

    @Test
    void shouldNotLoadTheLibraryWhenTheProcessorIsAnother() {
        assertThat(IpsecMbEngine.probe("aarch64", FLAGS, NativeEngine.files()))
                .isInstanceOfSatisfying(
                        IpsecMbEngine.Probe.Unusable.class,
                        unusable -> assertThat(unusable.reason()).contains("aarch64"));
        for (final String flag : List.of("aes", "pclmulqdq", "avx2", "bmi2")) {
            final Set<String> flags = new HashSet<>(FLAGS);
            flags.remove(flag);
            assertThat(IpsecMbEngine.probe("amd64", flags, NativeEngine.files()))
                    .as("without %s", flag)
                    .isInstanceOf(IpsecMbEngine.Probe.Unusable.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldNotRunOnTheCpuWhenAnyFlagIsMissing(GcmInstructionSet set) {
        assertThat(set.runsOn(Set.of())).isFalse();
        assertThat(set.runsOn(FLAGS)).isEqualTo(!set.suffix().contains("avx512"));
    }

    @Test
    void shouldTakeASlowerBuildWhenTheCpuLacksTheFastest() {
        NativeEngine.require();
        final Set<String> plainAvx2 = Set.of("aes", "pclmulqdq", "avx2", "bmi2");
        assertThat(IpsecMbEngine.probe("amd64", plainAvx2, NativeEngine.files()))
                .isInstanceOfSatisfying(
                        IpsecMbEngine.Probe.Usable.class,
                        usable ->
                                assertThat(usable.engine().name())
                                        .matches("libipsec-mb \\d+\\.\\d+\\.\\d+ \\(avx_gen4\\)"));
    }

    static Stream<EspSuite> suites() {
        return Suites.all();
    }

    @ParameterizedTest
    @MethodSource("suites")
    void shouldUseNativeCodeForAeadsOnlyWhenItIsThere(EspSuite suite) {
        final EspCipherProvider provider = NativeEngine.requireProvider();
        final EspKeys keys = EspKeys.split(suite, Suites.keyMaterial(suite, 5));
        final boolean aead = suite.encryption().isAead();
        assertThat(provider.sealing(suite, keys, false) instanceof IpsecMbCipher).isEqualTo(aead);
        assertThat(provider.opening(suite, keys, true) instanceof IpsecMbCipher).isEqualTo(aead);
    }

    @Test
    void shouldSayWhatIsLeftToTheJdkWhenTheLibraryLacksIt() {
        final IpsecMbEngine whole = NativeEngine.require();
        final IpsecMbEngine lacking =
                new IpsecMbEngine(
                        whole.name(), whole.functions(), Optional.empty(), Optional.of("broken"));
        assertThat(CipherEngines.select(new IpsecMbEngine.Probe.Usable(lacking), true))
                .isInstanceOfSatisfying(
                        Selection.Selected.class,
                        selected ->
                                assertThat(selected.description())
                                        .startsWith("libipsec-mb")
                                        .endsWith(" (ChaCha20-Poly1305 by the JDK: broken)"));
        final EspSuite suite = EspSuite.aead(EspSuite.Encryption.CHACHA20_POLY1305);
        assertThat(
                        new IpsecMbCipherProvider(
                                        lacking, new JdkCipherProvider(new SecureRandom()))
                                .sealing(
                                        suite,
                                        EspKeys.split(suite, Suites.keyMaterial(suite, 5)),
                                        false))
                .isInstanceOf(JdkAeadCipher.class);
    }
}
