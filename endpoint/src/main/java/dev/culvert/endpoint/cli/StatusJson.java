package dev.culvert.endpoint.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.culvert.endpoint.cli.StatusModel.ChildSa;
import dev.culvert.endpoint.cli.StatusModel.Connection;
import dev.culvert.endpoint.cli.StatusModel.IkeSa;
import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** The status for programs. Names of fields are a promise; docs/command-line.md lists them. */
final class StatusJson {
    private final JsonGenerator json;

    private StatusJson(JsonGenerator json) {
        this.json = json;
    }

    static String render(StatusModel model) throws IOException {
        StringWriter out = new StringWriter();
        try (JsonGenerator generator = new JsonFactory().createGenerator(out)) {
            generator.useDefaultPrettyPrinter();
            new StatusJson(generator).daemon(model);
        }
        return out.toString();
    }

    private void daemon(StatusModel model) throws IOException {
        json.writeStartObject();
        json.writeStringField("version", model.version());
        json.writeNumberField("uptime_seconds", model.uptimeSeconds());
        json.writeStringField("engine", model.engine());
        json.writeObjectFieldStart("agents");
        json.writeNumberField("count", model.agents());
        json.writeBooleanField("steered", model.agents() > 1 && model.steering().isEmpty());
        json.writeStringField("reason", model.steering());
        json.writeEndObject();
        json.writeNumberField("crypto_workers", model.workers());
        offloads(model.offloads());
        json.writeObjectFieldStart("tun");
        json.writeStringField("name", model.tunName());
        json.writeNumberField("mtu_bytes", model.tunMtuBytes());
        json.writeEndObject();
        strings("listening", model.listening());
        json.writeStringField("run_dir", model.runDirectory());
        json.writeNumberField("half_open", model.halfOpen());
        json.writeArrayFieldStart("connections");
        for (Connection connection : model.connections()) {
            connection(connection);
        }
        json.writeEndArray();
        json.writeArrayFieldStart("pools");
        for (StatusModel.Pool pool : model.pools()) {
            pool(pool);
        }
        json.writeEndArray();
        numbers("drops", model.drops());
        numbers("dataplane_counters", model.dataplaneCounters());
        numbers("ike_counters", model.ikeCounters());
        json.writeEndObject();
    }

    private void offloads(Map<String, StatusModel.Offload> offloads) throws IOException {
        json.writeObjectFieldStart("offloads");
        for (Map.Entry<String, StatusModel.Offload> entry : offloads.entrySet()) {
            json.writeObjectFieldStart(entry.getKey());
            json.writeBooleanField("wanted", entry.getValue().isWanted());
            json.writeBooleanField("in_use", entry.getValue().isInUse());
            json.writeStringField("reason", entry.getValue().reason());
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private void pool(StatusModel.Pool pool) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", pool.name());
        json.writeStringField("base", pool.base());
        json.writeNumberField("size", pool.size());
        json.writeNumberField("online", pool.online());
        json.writeNumberField("offline", pool.offline());
        json.writeArrayFieldStart("leases");
        for (StatusModel.Lease lease : pool.leases()) {
            json.writeStartObject();
            json.writeStringField("address", lease.address());
            json.writeStringField("identity", lease.identity());
            json.writeStringField("status", lease.status());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void connection(Connection connection) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", connection.name());
        json.writeBooleanField("configured", connection.isConfigured());
        json.writeStringField("state", connection.state());
        strings("local_addrs", connection.localAddresses());
        strings("remote_addrs", connection.remoteAddresses());
        json.writeArrayFieldStart("children");
        for (StatusModel.Child child : connection.children()) {
            json.writeStartObject();
            json.writeStringField("name", child.name());
            json.writeStringField("mode", child.mode());
            json.writeStringField("start_action", child.startAction());
            json.writeBooleanField("up", connection.hasSa(child));
            strings("local_ts", child.localSelectors());
            strings("remote_ts", child.remoteSelectors());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("ike_sas");
        for (IkeSa sa : connection.ikeSas()) {
            ikeSa(sa);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void ikeSa(IkeSa sa) throws IOException {
        json.writeStartObject();
        json.writeNumberField("unique_id", sa.uniqueId());
        json.writeStringField("state", sa.state());
        json.writeBooleanField("initiator", sa.isInitiator());
        json.writeStringField("local", sa.local());
        json.writeStringField("local_id", sa.localId());
        json.writeStringField("remote", sa.remote());
        json.writeStringField("remote_id", sa.remoteId());
        json.writeBooleanField("nat_local", sa.natLocal());
        json.writeBooleanField("nat_remote", sa.natRemote());
        json.writeBooleanField("mobike", sa.mobike());
        strings("peer_addresses", sa.peerAddresses());
        json.writeStringField("initiator_spi", sa.initiatorSpi());
        json.writeStringField("responder_spi", sa.responderSpi());
        json.writeStringField("suite", sa.suite());
        optional("established_seconds", sa.establishedSeconds());
        optional("rekey_in_seconds", sa.rekeySeconds());
        optional("reauth_in_seconds", sa.reauthSeconds());
        strings("local_vips", sa.localVips());
        strings("remote_vips", sa.remoteVips());
        json.writeArrayFieldStart("child_sas");
        for (ChildSa child : sa.children()) {
            childSa(child);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void childSa(ChildSa sa) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", sa.name());
        json.writeNumberField("unique_id", sa.uniqueId());
        json.writeNumberField("reqid", sa.reqid());
        json.writeStringField("state", sa.state());
        json.writeStringField("suite", sa.suite());
        json.writeStringField("spi_in", sa.spiIn());
        json.writeStringField("spi_out", sa.spiOut());
        traffic("in", sa.in());
        traffic("out", sa.out());
        optional("installed_seconds", sa.installedSeconds());
        optional("rekey_in_seconds", sa.rekeySeconds());
        optional("life_in_seconds", sa.lifeSeconds());
        strings("local_ts", sa.localSelectors());
        strings("remote_ts", sa.remoteSelectors());
        numbers("drops", sa.drops());
        json.writeEndObject();
    }

    private void traffic(String direction, StatusModel.Traffic traffic) throws IOException {
        json.writeObjectFieldStart(direction);
        json.writeNumberField("bytes", traffic.bytes());
        json.writeNumberField("packets", traffic.packets());
        optional("last_seconds", traffic.lastSeconds());
        json.writeEndObject();
    }

    /** A number, or null, so that every field is always there. */
    private void optional(String name, OptionalLong number) throws IOException {
        if (number.isPresent()) {
            json.writeNumberField(name, number.getAsLong());
        } else {
            json.writeNullField(name);
        }
    }

    private void strings(String name, List<String> strings) throws IOException {
        json.writeArrayFieldStart(name);
        for (String string : strings) {
            json.writeString(string);
        }
        json.writeEndArray();
    }

    private void numbers(String name, Map<String, Long> numbers) throws IOException {
        json.writeObjectFieldStart(name);
        for (Map.Entry<String, Long> entry : numbers.entrySet()) {
            json.writeNumberField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
    }
}
