package dev.culvert.endpoint.doctor;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;

/** The report for programs. Names of fields are a promise; docs/command-line.md lists them. */
public final class DoctorJson {

    private DoctorJson() {}

    /**
     * One object.
     *
     * @throws IOException never, but the generator declares it
     */
    public static String render(Report report) throws IOException {
        StringWriter out = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
            json.useDefaultPrettyPrinter();
            json.writeStartObject();
            json.writeStringField("version", report.version());
            json.writeBooleanField("can_run", report.canRun());
            json.writeStringField("verdict", DoctorText.verdict(report));
            json.writeArrayFieldStart("findings");
            for (Report.Section section : report.sections()) {
                for (Finding finding : section.findings()) {
                    json.writeStartObject();
                    json.writeStringField("section", section.title());
                    json.writeStringField("name", finding.name());
                    json.writeStringField("severity", finding.severity().name());
                    json.writeStringField("detail", finding.detail());
                    json.writeStringField("advice", finding.advice());
                    json.writeEndObject();
                }
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        return out.toString();
    }
}
