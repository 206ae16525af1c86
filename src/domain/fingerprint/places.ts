const listed = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/));

/** After these a verb follows: what stands there says what could not be done. */
export const modalWords = listed(`
cannot can't can could couldn't will won't would wouldn't should shouldn't shall may might must need needs not n't does doesn't
did didn't do don't 无法 不能 未能
`);

/** Before "to": a verb follows too. */
export const tryingWords = listed(`
failed fails fail unable trying tried attempt attempted attempting able refused refusing going want wants wanted have has had need
needs needed about ready supposed
`);

/** After these stands what went wrong: whatever varies there tells failures apart. */
export const tellingWords = listed(`
error errors err errno errcode failed failure reason cause because status state code condition result severity level exception fatal
warning 原因 错误 失败 状态 异常 代码
`);

/** After these often an adjective or a verb follows. */
export const copulaWords = listed(`is was are were be been being became becomes got 是 为`);

/** After these a name follows. */
export const strongCueWords = listed(`
user username account login host hostname server named called name 用户 用户名 账号 账户 主机 服务器 名为
`);

/** After these often a name follows. */
export const cueWords = listed(`
for from to by of in on at with via into onto file class module function method package service table column field key variable
parameter argument property attribute option node device interface queue topic job task thread process pod container image volume
model agent tool bean role branch region flag
变量 文件 函数 模块 方法 服务 字段 参数 类 表 列 节点 任务 进程 容器
`);
