using System.CommandLine;
using Mesh.Benchmarks.Kernel;

var root = new RootCommand("MeshLab's benchmarks. Each prints Markdown for benchmarks/README.md to standard output, and progress to standard error.")
{
    KernelCommand.Create(),
};
return root.Parse(args).Invoke();
