using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Mesh.Runtime.ControlPlane.Discovery.Files;

/// <summary>
/// Reads a file of services. All problems are collected, each with its line and column. It goes over YAML's events once and descends only where the format does,
/// so that neither nesting nor aliases can make a small file large.
/// </summary>
internal sealed class ServiceFileReader
{
    /// <summary>Deepest nesting of what is passed over. The format itself needs five; the scanner's time grows with the square of the depth.</summary>
    private const int MaxDepth = 64;

    private const string Example = "services: {cart: [10.0.0.7:8080]}";

    private readonly Parser _parser;
    private readonly string _file;
    private readonly List<string> _problems = [];
    private readonly SortedDictionary<string, IReadOnlyList<ObservedEndpoint>> _services = new(StringComparer.Ordinal);

    private ServiceFileReader(string text, string file)
    {
        _parser = new Parser(new StringReader(text));
        _file = file;
    }

    /// <summary>The file's services, or its problems.</summary>
    public static (IReadOnlyDictionary<string, IReadOnlyList<ObservedEndpoint>> Services, IReadOnlyList<string> Problems) Read(string text, string file)
    {
        var reader = new ServiceFileReader(text, file);
        try
        {
            reader.ReadDocument();
        }
        catch (TooDeepException deep)
        {
            reader.Problem(deep.Start, "", $"nested deeper than {MaxDepth} levels.");
        }
        catch (Exception error) when (error is YamlException or InvalidOperationException)
        {
            // The scanner answers some damaged scalars with an InvalidOperationException and no position: what was read last is next to it.
            var mark = (error as YamlException)?.Start ?? reader._parser.Current?.End ?? Mark.Empty;
            reader.Problem(mark, "", "this is not YAML; look for a stray ':' or bracket, or put the text in quotes.");
        }
        return (reader._services, reader._problems);
    }

    private void ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (!_parser.TryConsume<DocumentStart>(out _) || _parser.Current is not MappingStart)
        {
            Problem(_parser.Current?.Start ?? Mark.Empty, "", $"the file needs the key 'services', such as {Example}.");
            return;
        }
        bool hasServices = false;
        ReadMap("", (key, path) =>
        {
            if (key.Value == "services")
            {
                hasServices = true;
                ReadServices(path);
            }
            else if (key.Value != "version") Refuse(key, path, "services, version");
            else if (ReadText(path) is { } version && version.Value != "1") Problem(version.Start, path, $"'{AddressText.Shown(version.Value)}' is not a known version; the version is 1.");
        });
        if (!hasServices) Problem(Mark.Empty, "", $"the key 'services' is missing, such as {Example}.");
        _parser.Consume<DocumentEnd>();
        if (_parser.Current is DocumentStart second) Problem(second.Start, "", "a second document begins here; write one.");
    }

    private void ReadServices(string path)
    {
        if (_parser.Current is not MappingStart)
        {
            // "services:" alone is no service at all, which is allowed.
            if (_parser.Current is Scalar { Value: "", Style: ScalarStyle.Plain }) _parser.MoveNext();
            else Skip(path, "a mapping of service names to lists of endpoints");
            return;
        }
        ReadMap(path, (name, place) =>
        {
            if (!IsName(name.Value)) Problem(name.Start, path, $"'{AddressText.Shown(name.Value)}' is not a name; a name has letters, digits, '-', '_' and '.', and begins with a letter or digit.");
            _services[name.Value] = ReadEndpoints(place);
        });
    }

    private List<ObservedEndpoint> ReadEndpoints(string path)
    {
        var endpoints = new List<ObservedEndpoint>();
        if (_parser.Current is not SequenceStart)
        {
            Skip(path, "a list of endpoints, such as [10.0.0.7:8080]");
            return endpoints;
        }
        var places = new Dictionary<Model.EndpointAddress, Mark>();
        _parser.MoveNext();
        for (int i = 0; !_parser.TryConsume<SequenceEnd>(out _); i++)
        {
            var start = _parser.Current!.Start;
            string place = $"{path}[{i}]";
            if (ReadEndpoint(place) is not { } endpoint) continue;
            if (places.TryAdd(endpoint.Address, start)) endpoints.Add(endpoint);
            else Problem(start, place, $"the address {endpoint.Address} is given twice; the first is in line {places[endpoint.Address].Line}. Keep one.");
        }
        return endpoints;
    }

    private ObservedEndpoint? ReadEndpoint(string path)
    {
        if (_parser.Current is Scalar) return ReadAddress(path) is { } alone ? new ObservedEndpoint { Address = alone } : null;
        if (_parser.Current is not MappingStart map)
        {
            Skip(path, "an address, or a mapping with the key 'address'");
            return null;
        }
        Model.EndpointAddress? address = null;
        bool named = false;
        var read = new EndpointKeys();
        ReadMap(path, (key, place) =>
        {
            if (key.Value == "address")
            {
                named = true;
                address = ReadAddress(place);
            }
            else if (key.Value == "labels") ReadMap(place, (label, at) => read.Labels[label.Value] = ReadText(at)?.Value ?? "", "a mapping of names to texts");
            else if (!EndpointKeys.Known.Contains(key.Value)) Refuse(key, place, $"address, labels, {string.Join(", ", EndpointKeys.Known)}");
            else if (ReadText(place) is { } value && read.Set(key.Value, value.Value) is { } problem) Problem(value.Start, place, problem);
        });
        if (!named) Problem(map.Start, path, "the key 'address' is missing: where the endpoint listens, such as 10.0.0.7:8080.");
        return address is null ? null : read.Endpoint(address);
    }

    private Model.EndpointAddress? ReadAddress(string path)
    {
        if (ReadText(path) is not { } text) return null;
        var address = AddressText.Parse(text.Value, out string problem);
        if (address is null) Problem(text.Start, path, problem);
        return address;
    }

    /// <summary>Reads a mapping, key by key; each key once.</summary>
    private void ReadMap(string path, Action<Scalar, string> value, string what = "a mapping of keys to values")
    {
        if (!_parser.TryConsume<MappingStart>(out _))
        {
            Skip(path, what);
            return;
        }
        var places = new Dictionary<string, Mark>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (!_parser.TryConsume<Scalar>(out var key))
            {
                Skip(path, "a word as its key");
                PassOver();
            }
            else if (!places.TryAdd(key.Value, key.Start))
            {
                Problem(key.Start, path, $"the key '{AddressText.Shown(key.Value)}' is given twice; the first is in line {places[key.Value].Line}. Keep one.");
                PassOver();
            }
            else value(key, path.Length == 0 ? key.Value : $"{path}.{key.Value}");
        }
    }

    private Scalar? ReadText(string path)
    {
        if (_parser.TryConsume<Scalar>(out var text)) return text;
        Skip(path, "a single value");
        return null;
    }

    private void Refuse(Scalar key, string path, string allowed)
    {
        Problem(key.Start, path, $"unknown key '{AddressText.Shown(key.Value)}'. Allowed: {allowed}.");
        PassOver();
    }

    private void Skip(string path, string needed)
    {
        string there = _parser.Current switch
        {
            SequenceStart => "a list",
            MappingStart => "a mapping of keys to values",
            AnchorAlias => "an alias, which is not read here",
            Scalar { Value: "" } => "nothing",
            Scalar scalar => $"'{AddressText.Shown(scalar.Value)}'",
            _ => "nothing",
        };
        Problem(_parser.Current?.Start ?? Mark.Empty, path, $"needs {needed}, but there is {there}.");
        PassOver();
    }

    private void PassOver()
    {
        int depth = 0;
        do
        {
            var next = _parser.Consume<ParsingEvent>();
            depth += next.NestingIncrease;
            if (depth > MaxDepth) throw new TooDeepException(next.Start);
        }
        while (depth > 0);
    }

    private void Problem(Mark mark, string path, string message) =>
        _problems.Add(string.Create(CultureInfo.InvariantCulture, $"{_file}:{mark.Line}:{mark.Column}: {(path.Length == 0 ? "" : $"{path}: ")}{message}"));

    private static bool IsName(string text) => text.Length is > 0 and <= 253 && char.IsAsciiLetterOrDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private sealed class TooDeepException(Mark start) : Exception
    {
        public Mark Start => start;
    }
}
