using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Mesh.Scenarios.Language.Yaml;

/// <summary>
/// Builds the tree of one YAML document with the place of every value. Duplicate keys are problems here. Aliases share the
/// anchored value, and what they would expand to is bounded, so that a small file cannot grow without end.
/// </summary>
internal sealed class YamlTree
{
    /// <summary>Deepest nesting. The language itself needs about twelve.</summary>
    public const int MaxDepth = 64;

    /// <summary>Most values that a file may hold, its aliases expanded.</summary>
    public const long MaxValues = 5_000_000;

    private readonly Parser _parser;
    private readonly Func<Mark, Place> _placeOf;
    private readonly Problems _problems;
    private readonly Dictionary<AnchorName, (YamlValue Value, long Size)> _anchors = [];
    private long _size;

    private YamlTree(string text, Func<Mark, Place> placeOf, Problems problems)
    {
        _parser = new Parser(new StringReader(text));
        _placeOf = placeOf;
        _problems = problems;
    }

    /// <summary>The document's root, or <c>null</c> after telling why there is none.</summary>
    public static YamlValue? Parse(string text, string file, Problems problems) =>
        Parse(text, file, mark => new Place(file, (int)mark.Line, (int)mark.Column), problems);

    /// <summary>A value given on the command line: every place in it is the argument itself.</summary>
    public static YamlValue? ParseArgument(string text, string argument, Problems problems) =>
        Parse(text, argument, _ => new Place(argument), problems);

    private static YamlValue? Parse(string text, string source, Func<Mark, Place> placeOf, Problems problems)
    {
        var tree = new YamlTree(text, placeOf, problems);
        try
        {
            return tree.ReadDocument(source);
        }
        catch (YamlException error)
        {
            problems.Error(placeOf(error.Start), "", $"this is not YAML: {Reason(error)}");
            return null;
        }
        catch (InvalidOperationException)
        {
            // YamlDotNet's scanner answers some damaged scalars so, and without a position: what was read last is next to it.
            problems.Error(placeOf(tree._parser.Current?.End ?? Mark.Empty), "", "this is not YAML: what follows cannot be read; look for a stray ':' or bracket, or put the text in quotes.");
            return null;
        }
        catch (TooLargeException error)
        {
            problems.Error(error.Place, "", error.Message);
            return null;
        }
    }

    private YamlValue? ReadDocument(string source)
    {
        _parser.Consume<StreamStart>();
        if (_parser.TryConsume<StreamEnd>(out _))
        {
            _problems.Error(new Place(source), "", "the file holds nothing but comments; 'meshlab init' writes a first scenario to start from.");
            return null;
        }
        _parser.Consume<DocumentStart>();
        var root = ReadValue(depth: 0);
        _parser.Consume<DocumentEnd>();
        if (_parser.Accept<DocumentStart>(out var second))
        {
            _problems.Error(_placeOf(second.Start), "", "a second document begins here; write one scenario a file.");
            return null;
        }
        return root;
    }

    private YamlValue ReadValue(int depth)
    {
        var current = _parser.Current ?? throw new YamlException("the document ends too early");
        var place = _placeOf(current.Start);
        if (depth > MaxDepth) throw new TooLargeException(place, $"nested deeper than {MaxDepth} levels.");
        if (current is AnchorAlias alias) return ReadAlias(alias, place);

        long before = _size;
        Count(1, place);
        var anchor = current is NodeEvent { Anchor.IsEmpty: false } node ? node.Anchor : AnchorName.Empty;
        YamlValue value = current switch
        {
            SequenceStart => ReadList(place, depth),
            MappingStart => ReadMap(place, depth),
            _ => ReadScalar(place),
        };
        if (!anchor.IsEmpty) _anchors[anchor] = (value, _size - before);
        return value;
    }

    private YamlValue ReadAlias(AnchorAlias alias, Place place)
    {
        _parser.MoveNext();
        if (!_anchors.TryGetValue(alias.Value, out var anchored))
        {
            throw new YamlException(alias.Start, alias.End, $"there is no anchor '&{alias.Value}' before this alias");
        }
        Count(anchored.Size, place);
        return anchored.Value;
    }

    private YamlScalar ReadScalar(Place place)
    {
        var scalar = _parser.Consume<Scalar>();
        return new YamlScalar(place, scalar.Value, scalar.Style is not ScalarStyle.Plain);
    }

    private YamlList ReadList(Place place, int depth)
    {
        var items = new List<YamlValue>();
        _parser.Consume<SequenceStart>();
        while (!_parser.TryConsume<SequenceEnd>(out _)) items.Add(ReadValue(depth + 1));
        return new YamlList(place, items);
    }

    private YamlMap ReadMap(Place place, int depth)
    {
        var entries = new List<YamlEntry>();
        var places = new Dictionary<string, Place>(StringComparer.Ordinal);
        _parser.Consume<MappingStart>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = ReadValue(depth + 1);
            var value = ReadValue(depth + 1);
            if (key is not YamlScalar { Text: var name })
            {
                _problems.Error(key.Place, "", $"{key.Kind} cannot be a key; a key is a word.");
            }
            else if (!places.TryAdd(name, key.Place))
            {
                _problems.Error(key.Place, "", $"the key '{name}' is given twice; the first is at {places[name]}. Keep one.");
            }
            else
            {
                entries.Add(new YamlEntry(name, key.Place, value));
            }
        }
        return new YamlMap(place, entries);
    }

    private void Count(long values, Place place)
    {
        _size += values;
        if (_size > MaxValues) throw new TooLargeException(place, $"aliases make this file larger than {MaxValues:N0} values; write it with fewer aliases.");
    }

    private static string Reason(YamlException error)
    {
        string message = (error.InnerException ?? error).Message;
        // YamlDotNet puts the position first in some versions; ours stands before the message already.
        int end = message.StartsWith("(Line", StringComparison.Ordinal) ? message.IndexOf("): ", StringComparison.Ordinal) : -1;
        return (end < 0 ? message : message[(end + 3)..]).TrimEnd('.') + ".";
    }

    private sealed class TooLargeException(Place place, string message) : Exception(message)
    {
        public Place Place { get; } = place;
    }
}
