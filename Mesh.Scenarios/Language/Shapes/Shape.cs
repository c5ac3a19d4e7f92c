using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language.Shapes;

/// <summary>
/// What may stand at a place of the file, said once: reading, the JSON Schema and the table in the documentation all come from it.
/// </summary>
/// <typeparam name="T">What is read.</typeparam>
internal abstract class Shape<T> : IShape
{
    /// <inheritdoc/>
    public abstract string Label { get; }

    /// <summary>Reads a value, or tells what is wrong with it.</summary>
    public abstract bool TryRead(YamlValue value, Reading reading, [MaybeNullWhen(false)] out T result);

    /// <inheritdoc/>
    public abstract JsonObject Schema(SchemaDefinitions definitions);

    /// <inheritdoc/>
    public virtual IEnumerable<IShape> Parts => [];

    /// <summary>This shape, turned into something else once read.</summary>
    public Shape<TOther> Then<TOther>(Func<T, YamlValue, Reading, TOther> convert) => new ThenShape<T, TOther>(this, convert);
}

/// <summary>A shape, whatever it reads.</summary>
internal interface IShape
{
    /// <summary>What it is in a few words: "a duration such as 5ms".</summary>
    string Label { get; }

    /// <summary>Its JSON Schema.</summary>
    JsonObject Schema(SchemaDefinitions definitions);

    /// <summary>The shapes that it is made of.</summary>
    IEnumerable<IShape> Parts { get; }
}

/// <summary>What a reading of one file gathers beside the values: problems, and where each record was written.</summary>
internal sealed class Reading(Problems problems, SourceMap sources)
{
    public Problems Problems { get; } = problems;

    public SourceMap Sources { get; } = sources;

    public void Error(YamlValue at, string message) => Problems.Error(at.Place, at.Path, message);

    public void Error(YamlEntry at, YamlMap parent, string message) =>
        Problems.Error(at.KeyPlace, parent.Path.Length == 0 ? at.Key : $"{parent.Path}.{at.Key}", message);

    /// <summary>Notes that <paramref name="to"/> stands for what was read as <paramref name="from"/>.</summary>
    public T Derive<T>(object from, T to) where T : class
    {
        Sources.Derive(from, to);
        return to;
    }
}

internal sealed class ThenShape<T, TOther>(Shape<T> inner, Func<T, YamlValue, Reading, TOther> convert) : Shape<TOther>
{
    public override string Label => inner.Label;

    public override IEnumerable<IShape> Parts => [inner];

    public override bool TryRead(YamlValue value, Reading reading, [MaybeNullWhen(false)] out TOther result)
    {
        bool read = inner.TryRead(value, reading, out var first);
        result = read ? convert(first!, value, reading) : default;
        if (read && result is { } derived && !typeof(TOther).IsValueType) reading.Sources.Remember(derived, value);
        return read;
    }

    public override JsonObject Schema(SchemaDefinitions definitions) => inner.Schema(definitions);
}

/// <summary>A shape known by name only until it is used, which lets shapes hold themselves.</summary>
internal sealed class DeferredShape<T>(Func<Shape<T>> shape) : Shape<T>
{
    public override string Label => shape().Label;

    public override IEnumerable<IShape> Parts => [shape()];

    public override bool TryRead(YamlValue value, Reading reading, [MaybeNullWhen(false)] out T result) => shape().TryRead(value, reading, out result);

    public override JsonObject Schema(SchemaDefinitions definitions) => shape().Schema(definitions);
}
