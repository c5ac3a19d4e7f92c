using System.Text.Json;
using Google.Protobuf;

namespace Mesh.Runtime.ControlPlane.Discovery.Etcd;

/// <summary>One instance's entry: key <c>PREFIX/services/SERVICE/INSTANCE</c>, value a JSON object with <c>address</c> and the keys of <see cref="EndpointKeys"/>.</summary>
internal static class EtcdInstance
{
    /// <summary>The key that all services stand under.</summary>
    public static string Root(string prefix) => $"{prefix.TrimEnd('/')}/services/";

    /// <summary>The first key after all those that begin with <paramref name="root"/>.</summary>
    public static ByteString End(string root) => ByteString.CopyFromUtf8(root[..^1] + (char)(root[^1] + 1));

    /// <summary>Service and instance of a key, or <c>null</c> where it is no instance's.</summary>
    public static (string Service, string Instance)? Parse(string root, string key)
    {
        if (!key.StartsWith(root, StringComparison.Ordinal)) return null;
        string[] parts = key[root.Length..].Split('/');
        return parts is [{ Length: > 0 } service, { Length: > 0 } instance] ? (service, instance) : null;
    }

    /// <summary>The endpoint that a value describes, or <c>null</c> with what is wrong. Keys that are not known are left alone: a newer version may have written them.</summary>
    public static ObservedEndpoint? Read(string instance, ReadOnlySpan<byte> value, out string problem)
    {
        try
        {
            var reader = new Utf8JsonReader(value);
            using var document = JsonDocument.ParseValue(ref reader);
            return Read(instance, document.RootElement, out problem);
        }
        catch (JsonException)
        {
            problem = "the value is not JSON.";
            return null;
        }
    }

    /// <summary>The value for an endpoint.</summary>
    public static ByteString Write(ObservedEndpoint endpoint)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("address", endpoint.Address.ToString());
            if (endpoint.Weight != 1) writer.WriteNumber("weight", endpoint.Weight);
            WriteGiven("name", endpoint.Name);
            WriteGiven("zone", endpoint.Zone);
            WriteGiven("version", endpoint.Version);
            WriteGiven("identity", endpoint.Identity);
            WriteGiven("readiness", ReadinessOf(endpoint));
            if (endpoint.Labels.Count > 0)
            {
                writer.WriteStartObject("labels");
                foreach (var (name, text) in endpoint.Labels) writer.WriteString(name, text);
                writer.WriteEndObject();
            }
            writer.WriteEndObject();

            void WriteGiven(string key, string text)
            {
                if (text.Length > 0) writer.WriteString(key, text);
            }
        }
        return ByteString.CopyFrom(stream.ToArray());
    }

    private static ObservedEndpoint? Read(string instance, JsonElement value, out string problem)
    {
        if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty("address", out var written) || written.ValueKind != JsonValueKind.String)
        {
            problem = """the value has no address; it is an object such as {"address": "10.0.0.7:8080"}.""";
            return null;
        }
        if (AddressText.Parse(written.GetString()!, out problem) is not { } address) return null;
        var read = new EndpointKeys();
        read.Set("name", instance);
        foreach (string key in EndpointKeys.Known)
        {
            if (!value.TryGetProperty(key, out var given)) continue;
            if (read.Set(key, Text(given)) is not { } wrong) continue;
            problem = $"{key}: {wrong}";
            return null;
        }
        if (value.TryGetProperty("labels", out var labels) && labels.ValueKind == JsonValueKind.Object)
        {
            foreach (var label in labels.EnumerateObject()) read.Labels[label.Name] = Text(label.Value);
        }
        return read.Endpoint(address);
    }

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    private static string ReadinessOf(ObservedEndpoint endpoint) => endpoint.Readiness switch
    {
        EndpointReadiness.Ready => "ready",
        EndpointReadiness.Draining => "draining",
        EndpointReadiness.NotReady => "notReady",
        _ => "",
    };
}
