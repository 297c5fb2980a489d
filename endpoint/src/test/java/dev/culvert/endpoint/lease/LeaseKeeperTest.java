package dev.culvert.endpoint.lease;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.id.Identity;
import dev.culvert.ike.lease.SavedLease;
import dev.culvert.ike.wire.IpAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeaseKeeperTest {
    private static final List<SavedLease> ONE =
            List.of(
                    new SavedLease(
                            "p",
                            IpAddress.parse("10.3.0.1").orElseThrow(),
                            Identity.parse("a.example").orThrow()));

    @TempDir private Path temporary;

    @Test
    void shouldReplaceTheFileAsAWholeForItsOwnerAlone() throws IOException {
        Path file = temporary.resolve("state/leases");
        try (LeaseKeeper keeper = new LeaseKeeper(Optional.of(file))) {
            assertThat(keeper.load()).isEmpty();
            keeper.save(List.of());
            keeper.save(ONE);
        }
        try (LeaseKeeper keeper = new LeaseKeeper(Optional.of(file))) {
            assertThat(keeper.load()).isEqualTo(ONE);
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        try (var files = Files.list(file.getParent())) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void shouldNotWriteThroughALinkThatSomebodyLeft() throws IOException {
        Path victim = Files.writeString(temporary.resolve("victim"), "precious");
        Path file = temporary.resolve("leases");
        Files.createSymbolicLink(temporary.resolve("leases.new"), victim);
        try (LeaseKeeper keeper = new LeaseKeeper(Optional.of(file))) {
            keeper.save(ONE);
        }
        assertThat(victim).hasContent("precious");
        assertThat(file).isRegularFile();
    }

    @Test
    void shouldStartWithoutLeasesWhenTheFileIsBroken() throws IOException {
        Path file = Files.writeString(temporary.resolve("leases"), "culvert leases 1\np 10.3.0");
        try (LeaseKeeper keeper = new LeaseKeeper(Optional.of(file))) {
            assertThat(keeper.load()).isEmpty();
            keeper.save(ONE);
        }
        try (LeaseKeeper keeper = new LeaseKeeper(Optional.of(file))) {
            assertThat(keeper.load()).isEqualTo(ONE);
        }
    }

    @Test
    void shouldGoOnWhenTheFileCannotBeWritten() throws IOException {
        Path file = Files.writeString(temporary.resolve("file"), "").resolve("leases");
        try (LeaseKeeper keeper = new LeaseKeeper(Optional.of(file))) {
            assertThat(keeper.load()).isEmpty();
            keeper.save(ONE);
        }
        assertThat(file).doesNotExist();
    }

    @Test
    void shouldWriteNothingWhenLeasesAreNotKept() throws IOException {
        try (LeaseKeeper keeper = new LeaseKeeper(Optional.empty())) {
            keeper.save(ONE);
            assertThat(keeper.load()).isEmpty();
        }
        assertThat(temporary).isEmptyDirectory();
    }
}
