package dev.culvert.esp.crypto;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.esp.crypto.CipherEngines.Choice;
import dev.culvert.esp.crypto.CipherEngines.Selection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that stand where libipsec-mb should. Without the checks, some would end this process. */
class SharedObjectTest {

    @TempDir Path directory;

    @BeforeEach
    void needProcessor() {
        NativeEngine.require();
    }

    @Test
    void shouldTakeTheLibraryWhenItIsWhole() throws IOException {
        final Path copy = copy(Files.readAllBytes(library()));
        assertThat(SharedObject.failure(copy)).isEmpty();
        assertThat(CipherEngines.select(Choice.NATIVE, Optional.of(copy)))
                .isInstanceOfSatisfying(
                        Selection.Selected.class,
                        selected -> assertThat(selected.name()).startsWith("libipsec-mb "));
    }

    @Test
    void shouldSayThatItIsCutOffWhenBytesAreMissing() throws IOException {
        final byte[] whole = Files.readAllBytes(library());
        for (final int bytes :
                new int[] {whole.length - 1, whole.length / 2, whole.length / 10, 4096, 64}) {
            assertRefused(copy(Arrays.copyOf(whole, bytes)), "is cut off: it has " + bytes);
        }
        assertRefused(copy(Arrays.copyOf(whole, 63)), "is no shared library");
        assertRefused(copy(new byte[0]), "is no shared library");
    }

    @Test
    void shouldSayWhatItIsNotWhenItIsSomethingElse() throws IOException {
        assertRefused(directory.resolve("missing.so"), "there is no file");
        assertRefused(copy("GROUP ( libc.so.6 )\n".repeat(9).getBytes(UTF_8)), "no shared library");
        final byte[] arm = Files.readAllBytes(library());
        arm[18] = (byte) 0xB7;
        assertRefused(copy(arm), "is no shared library for x86-64");
        final Path libc = Path.of("/lib/x86_64-linux-gnu/libc.so.6");
        if (Files.exists(libc)) {
            assertRefused(libc, "is not libipsec-mb");
        }
        assertRefused(directory, "cannot be read");
    }

    private static void assertRefused(Path file, String reason) {
        assertThat(CipherEngines.select(Choice.NATIVE, Optional.of(file)))
                .isInstanceOfSatisfying(
                        Selection.Unavailable.class,
                        unavailable ->
                                assertThat(unavailable.reason())
                                        .contains(file.toString())
                                        .contains(reason));
        assertThat(CipherEngines.select(Choice.AUTO, Optional.of(file)))
                .isInstanceOfSatisfying(
                        Selection.Selected.class,
                        selected ->
                                assertThat(selected.description())
                                        .startsWith("jdk (")
                                        .contains(reason));
    }

    private Path copy(byte[] bytes) throws IOException {
        return Files.write(directory.resolve("libIPSec_MB.so"), bytes);
    }

    private static Path library() {
        return NativeEngine.files().stream().filter(Files::exists).findFirst().orElseThrow();
    }
}
