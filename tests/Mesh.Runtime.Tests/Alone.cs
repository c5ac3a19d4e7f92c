namespace Mesh.Runtime.Tests;

/// <summary>Tests that measure the whole process (its memory, its open files) run after all others, one at a time.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public class Alone;
