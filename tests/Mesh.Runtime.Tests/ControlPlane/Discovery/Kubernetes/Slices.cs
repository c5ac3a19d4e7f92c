using System.Globalization;
using System.Text.Json.Nodes;

namespace Mesh.Runtime.Tests.ControlPlane.Discovery.Kubernetes;

/// <summary>EndpointSlices and the API's words around them, as an API server of Kubernetes 1.33 sends them.</summary>
internal static class Slices
{
    /// <summary>A slice.</summary>
    /// <param name="service">The service.</param>
    /// <param name="suffix">What the slice's name ends with.</param>
    /// <param name="version">Its resource version.</param>
    /// <param name="addresses">Addresses; <c>-</c> after one is not ready, <c>~</c> terminating but serving, <c>?</c> without conditions.</param>
    /// <param name="ports">Ports as <c>name:number</c>.</param>
    /// <param name="family">The kind of the addresses.</param>
    public static JsonObject Slice(string service, string suffix, int version, string addresses, string ports = "http:8080", string family = "IPv4") => new()
    {
        ["metadata"] = new JsonObject
        {
            ["name"] = $"{service}-{suffix}",
            ["generateName"] = $"{service}-",
            ["namespace"] = "shop",
            ["uid"] = $"0d1c7c6e-7d0e-4b77-9c3e-{version:000000000000}",
            ["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture),
            ["generation"] = 1,
            ["creationTimestamp"] = "2026-05-04T09:31:12Z",
            ["labels"] = new JsonObject
            {
                ["app.kubernetes.io/version"] = "v3",
                ["endpointslice.kubernetes.io/managed-by"] = "endpointslice-controller.k8s.io",
                ["kubernetes.io/service-name"] = service,
            },
            ["annotations"] = new JsonObject { ["endpoints.kubernetes.io/last-change-trigger-time"] = "2026-05-04T09:31:12Z" },
            ["ownerReferences"] = new JsonArray(new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Service", ["name"] = service, ["uid"] = "a", ["controller"] = true, ["blockOwnerDeletion"] = true }),
            ["managedFields"] = new JsonArray(),
        },
        ["addressType"] = family,
        ["endpoints"] = new JsonArray([.. addresses.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Endpoint)]),
        ["ports"] = new JsonArray([.. ports.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(port => new JsonObject { ["name"] = port.Split(':')[0], ["protocol"] = "TCP", ["port"] = int.Parse(port.Split(':')[1], CultureInfo.InvariantCulture) })]),
    };

    public static string List(int version, string? next, params IEnumerable<JsonObject> slices) => new JsonObject
    {
        ["kind"] = "EndpointSliceList",
        ["apiVersion"] = "discovery.k8s.io/v1",
        ["metadata"] = new JsonObject { ["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture), ["continue"] = next },
        ["items"] = new JsonArray([.. slices]),
    }.ToJsonString();

    public static string Event(string type, JsonObject slice) => $"{Line(type, With(slice, "EndpointSlice"))}\n";

    public static string Bookmark(int version) =>
        $"{Line("BOOKMARK", With(new JsonObject { ["metadata"] = new JsonObject { ["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture), ["creationTimestamp"] = null }, ["addressType"] = "", ["endpoints"] = null, ["ports"] = null }, "EndpointSlice"))}\n";

    public static JsonObject Gone(int asked) => new()
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject(),
        ["status"] = "Failure",
        ["message"] = $"too old resource version: {asked} (4711)",
        ["reason"] = "Expired",
        ["code"] = 410,
    };

    public static string GoneEvent(int asked) => $"{Line("ERROR", Gone(asked))}\n";

    private static JsonObject Endpoint(string text)
    {
        string address = text.TrimEnd('-', '~', '?');
        var endpoint = new JsonObject { ["addresses"] = new JsonArray(address), ["targetRef"] = new JsonObject { ["kind"] = "Pod", ["namespace"] = "shop", ["name"] = $"pod-{address}", ["uid"] = "b" }, ["nodeName"] = "node-1", ["zone"] = "zone-a" };
        if (text[^1] != '?')
        {
            bool ready = text == address, serving = ready || text[^1] == '~';
            endpoint["conditions"] = new JsonObject { ["ready"] = ready, ["serving"] = serving, ["terminating"] = text[^1] == '~' };
        }
        return endpoint;
    }

    private static JsonObject With(JsonObject slice, string kind) => new([new("kind", kind), new("apiVersion", "discovery.k8s.io/v1"), .. slice.Select(entry => KeyValuePair.Create(entry.Key, entry.Value?.DeepClone()))]);

    private static string Line(string type, JsonObject value) => new JsonObject { ["type"] = type, ["object"] = value }.ToJsonString();
}
